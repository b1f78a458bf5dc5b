//! Embeddings kept between passages, and between runs, by the content of encoder and passage.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::{Embedding, Encoder, Passage};
use crate::error::{Error, Result};

type Key = [u8; 32];

/// Bytes of a record before its embeddings: the key and their number.
const HEAD: usize = size_of::<Key>() + size_of::<u32>();

/// Bytes of a record's check, the first of the SHA-256 of what stands before it.
const CHECK: usize = 8;

/// An [`Encoder`] that asks another only for passages that it has not seen.
///
/// In a folder of the user's, each run that learns something adds a file of its own, named after the encoder, so that runs
/// beside each other do not meet. A file is a row of records, each with a check, written as they are learned: what a killed
/// run learned is kept, and a record that was cut or damaged, or a file that cannot be read, is as if it were not there.
/// Losing files costs time and nothing else. Embeddings stay on the disk; of each passage the memory holds a hash and a place.
pub struct CachedEncoder<'a> {
    inner: Box<dyn Encoder + 'a>,
    store: Mutex<Store>,
}

/// Where records are.
enum Medium {
    Memory(Vec<u8>),
    /// A file of another run, opened for each record: there may be more of them than a program may hold open.
    Kept(PathBuf),
    /// The file of this run.
    New(File),
}

#[derive(Default)]
struct Store {
    /// Of each passage its records, the last one learned last.
    places: HashMap<Key, Vec<Place>>,
    media: Vec<Medium>,
    /// The medium that new records go to, the place in `media` and its end; none before the first.
    open: Option<(usize, u64)>,
    /// Where files go, and how their names begin; none where the cache lives in memory only.
    folder: Option<(PathBuf, String)>,
    /// The first error of writing, until it is asked for; nothing is kept while it stands.
    failed: Option<Error>,
}

/// Where a record begins, and how many embeddings it has.
#[derive(Clone, Copy)]
struct Place {
    medium: usize,
    start: u64,
    count: usize,
}

impl<'a> CachedEncoder<'a> {
    /// A cache of `inner` that lives as long as this value.
    pub fn in_memory(inner: impl Encoder + 'a) -> Self {
        CachedEncoder { inner: Box::new(inner), store: Mutex::default() }
    }

    /// A cache of `inner` in `folder`. `identity` tells encoders apart: files, precision, whatever changes a vector.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the folder cannot be made or listed.
    pub fn open(inner: impl Encoder + 'a, identity: &str, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|e| Error::io("make the cache folder", folder, e))?;
        let digest = Sha256::digest(identity.as_bytes());
        let prefix: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).chain(["-".to_owned()]).collect();
        let cache = CachedEncoder::in_memory(inner);
        let mut store = cache.locked();
        for path in files(folder, &prefix)? {
            // What another user locked away, or took away just now, is encoded again.
            let _ = File::open(&path).and_then(|file| store.index(&file, cache.inner.dimension()));
            store.media.push(Medium::Kept(path));
        }
        store.folder = Some((folder.to_owned(), prefix));
        drop(store);
        Ok(cache)
    }

    /// Whether all that was learned is kept. An embedding that could not be written was given out all the same.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] with the first failure of writing since this was last asked.
    pub fn kept(&self) -> Result<()> {
        self.locked().failed.take().map_or(Ok(()), Err)
    }

    fn locked(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Encoder for CachedEncoder<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn max_tokens(&self) -> usize {
        self.inner.max_tokens()
    }

    fn encode(&self, passages: &[Passage<'_>], threads: usize) -> Vec<Vec<Embedding>> {
        let keys: Vec<Key> = passages.iter().map(key).collect();
        let mut store = self.locked();
        let mut found: HashMap<Key, Vec<Embedding>> = HashMap::with_capacity(keys.len());
        let mut missing = Vec::new();
        for (i, key) in keys.iter().enumerate() {
            if found.contains_key(key) {
                continue;
            }
            // An empty place is taken at once, so that a passage that comes twice is asked for once.
            let kept = store.get(key, passages[i].wanted.len(), self.dimension()).unwrap_or_else(|| {
                missing.push(i);
                Vec::new()
            });
            found.insert(*key, kept);
        }
        drop(store);
        let asked: Vec<Passage<'_>> = missing.iter().map(|&i| passages[i].clone()).collect();
        let learned = self.inner.encode(&asked, threads);
        self.locked().put(missing.iter().map(|&i| &keys[i]).zip(&learned));
        found.extend(missing.iter().map(|&i| keys[i]).zip(learned));
        keys.iter().map(|key| found[key].clone()).collect()
    }
}

impl Store {
    /// Remembers the records of a file. Where one is cut, or its head damaged, what follows is left out.
    fn index(&mut self, file: &File, dimension: usize) -> io::Result<()> {
        let (medium, length) = (self.media.len(), file.metadata()?.len());
        let mut reader = BufReader::new(file);
        let (mut start, mut head) = (0, [0; HEAD]);
        while start + HEAD as u64 <= length {
            reader.read_exact(&mut head)?;
            let (key, count) = parse_head(&head);
            let size = record_size(count, dimension) as u64;
            if start + size > length {
                break;
            }
            self.places.entry(key).or_default().push(Place { medium, start, count });
            reader.seek_relative((size - HEAD as u64) as i64)?;
            start += size;
        }
        Ok(())
    }

    /// The embeddings of a passage of `wanted` texts; `None` where they are not known, or what was kept is damaged or gone.
    fn get(&mut self, key: &Key, wanted: usize, dimension: usize) -> Option<Vec<Embedding>> {
        let places = self.places.get(key)?;
        let kept = places.iter().rev().filter(|place| place.count == wanted);
        kept.filter_map(|place| parse(&self.media[place.medium].read(*place, dimension).ok()?, key, dimension)).next()
    }

    fn put<'k>(&mut self, learned: impl Iterator<Item = (&'k Key, &'k Vec<Embedding>)>) {
        let (mut records, mut sizes) = (Vec::new(), Vec::new());
        for (key, embeddings) in learned {
            let before = records.len();
            write_record(key, embeddings, &mut records);
            sizes.push((*key, embeddings.len(), (records.len() - before) as u64));
        }
        if records.is_empty() || self.failed.is_some() {
            return;
        }
        match self.append(&records) {
            Ok((medium, mut start)) => {
                for (key, count, size) in sizes {
                    self.places.entry(key).or_default().push(Place { medium, start, count });
                    start += size;
                }
            }
            Err(error) => self.failed = Some(error),
        }
    }

    /// Writes records to the open medium; where they begin.
    fn append(&mut self, records: &[u8]) -> Result<(usize, u64)> {
        let (medium, end) = match self.open {
            Some(open) => open,
            None => {
                let new = self.new_medium()?;
                self.media.push(new);
                (self.media.len() - 1, 0)
            }
        };
        if let Err(error) = self.media[medium].append(records, end) {
            let folder = self.folder.as_ref().map_or(Path::new(""), |(folder, _)| folder);
            return Err(Error::io("keep embeddings in the cache folder", folder, error));
        }
        self.open = Some((medium, end + records.len() as u64));
        Ok((medium, end))
    }

    fn new_medium(&self) -> Result<Medium> {
        let Some((folder, prefix)) = &self.folder else { return Ok(Medium::Memory(Vec::new())) };
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).suffix(SUFFIX);
        // Not for its owner alone: a folder may be shared. The user's mask still counts.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let kept = builder.tempfile_in(folder).and_then(|file| file.keep().map_err(|e| e.error));
        let (file, _) = kept.map_err(|e| Error::io("make a file in the cache folder", folder, e))?;
        Ok(Medium::New(file))
    }
}

impl Medium {
    fn read(&self, place: Place, dimension: usize) -> io::Result<Vec<u8>> {
        let size = record_size(place.count, dimension);
        let read = |mut file: &File| {
            let mut record = vec![0; size];
            file.seek(SeekFrom::Start(place.start))?;
            file.read_exact(&mut record).map(|()| record)
        };
        match self {
            Medium::Memory(bytes) => Ok(bytes[place.start as usize..][..size].to_vec()),
            Medium::Kept(path) => read(&File::open(path)?),
            Medium::New(file) => read(file),
        }
    }

    fn append(&mut self, records: &[u8], end: u64) -> io::Result<()> {
        match self {
            Medium::Memory(bytes) => bytes.extend(records),
            Medium::Kept(_) => return Err(io::ErrorKind::Unsupported.into()),
            Medium::New(file) => {
                // Behind what was read last, or half written.
                file.seek(SeekFrom::Start(end))?;
                file.write_all(records)?;
            }
        }
        Ok(())
    }
}

const SUFFIX: &str = ".embeddings";

/// The files of an encoder, in the order of their names.
fn files(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    let fail = |e| Error::io("read the cache folder", folder, e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(SUFFIX)) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Lengths go in before the texts, so that no two passages have the same bytes.
fn key(passage: &Passage<'_>) -> Key {
    let mut hash = Sha256::new();
    hash.update(format!("{}..{}", passage.wanted.start, passage.wanted.end));
    for text in &passage.texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

fn record_size(count: usize, dimension: usize) -> usize {
    HEAD + count * (1 + dimension * size_of::<f32>()) + CHECK
}

fn write_record(key: &Key, embeddings: &[Embedding], to: &mut Vec<u8>) {
    let start = to.len();
    to.extend(key);
    to.extend((embeddings.len() as u32).to_le_bytes());
    for embedding in embeddings {
        to.push(u8::from(embedding.truncated));
        to.extend(embedding.vector.iter().flat_map(|x| x.to_le_bytes()));
    }
    let check = Sha256::digest(&to[start..]);
    to.extend(&check[..CHECK]);
}

fn parse_head(head: &[u8; HEAD]) -> (Key, usize) {
    let (key, count) = head.split_at(size_of::<Key>());
    let count = u32::from_le_bytes(count.try_into().expect("a head ends with 4 bytes"));
    (key.try_into().expect("a head begins with a key"), count as usize)
}

fn parse(record: &[u8], key: &Key, dimension: usize) -> Option<Vec<Embedding>> {
    let (contents, check) = record.split_at(record.len() - CHECK);
    if Sha256::digest(contents)[..CHECK] != *check || !contents.starts_with(key) {
        return None;
    }
    let embedding = |bytes: &[u8]| Embedding {
        truncated: bytes[0] == 1,
        vector: bytes[1..].as_chunks::<4>().0.iter().map(|&x| f32::from_le_bytes(x)).collect(),
    };
    Some(contents[HEAD..].chunks_exact(1 + dimension * size_of::<f32>()).map(embedding).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A vector of the text's length and its first byte; counts the passages that it is given.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Encoder for Counting {
        fn dimension(&self) -> usize {
            2
        }

        fn max_tokens(&self) -> usize {
            256
        }

        fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
            self.0.fetch_add(passages.len(), Ordering::Relaxed);
            let one = |t: &&str| Embedding {
                vector: vec![t.len() as f32, f32::from(t.as_bytes()[0])],
                truncated: t.len() == 2,
            };
            passages.iter().map(|p| p.texts[p.wanted.clone()].iter().map(one).collect()).collect()
        }
    }

    fn passages() -> [Passage<'static>; 3] {
        let several = Passage { texts: vec!["heading", "bb", "ccc"], wanted: 1..3 };
        [Passage::single("a"), several, Passage::single("dddd")]
    }

    fn only_file(folder: &Path) -> PathBuf {
        let all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }

    #[test]
    fn a_passage_that_comes_twice_is_encoded_once() {
        let (inner, [a, b, _]) = (Counting::default(), passages());
        let cache = CachedEncoder::in_memory(&inner);
        let first = cache.encode(&[a.clone(), b.clone(), a.clone()], 1);
        assert_eq!(first[0], first[2]);
        assert_eq!(cache.encode(&[b, a], 1), [first[1].clone(), first[0].clone()]);
        assert_eq!(inner.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_second_run_encodes_only_what_is_new() {
        let (folder, inner, [a, b, c]) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        let first = CachedEncoder::open(&inner, "x", folder.path()).unwrap().encode(&[a.clone(), b.clone()], 1);
        let cache = CachedEncoder::open(&inner, "x", folder.path()).unwrap();
        let again = cache.encode(&[b, c.clone(), a], 1);
        cache.kept().unwrap();
        assert_eq!((&again[2], &again[0]), (&first[0], &first[1]));
        assert_eq!(inner.0.load(Ordering::Relaxed), 3);
        assert_eq!(again[1], inner.encode(&[c], 1)[0]);
    }

    #[test]
    fn what_is_cut_or_damaged_is_encoded_again() {
        let (folder, inner, all) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        let first = CachedEncoder::open(&inner, "x", folder.path()).unwrap().encode(&all, 1);
        let file = only_file(folder.path());
        let whole = fs::read(&file).unwrap();
        let read_again = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            let before = inner.0.load(Ordering::Relaxed);
            assert_eq!(CachedEncoder::open(&inner, "x", folder.path()).unwrap().encode(&all, 1), first);
            // What is encoded again goes into a file of its own.
            for other in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
                if other != file {
                    fs::remove_file(other).unwrap();
                }
            }
            inner.0.load(Ordering::Relaxed) - before
        };
        assert_eq!(read_again(&whole), 0);
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x41;
            assert!(read_again(&damaged) > 0, "byte {place} changed");
            assert!(read_again(&whole[..place]) > 0, "{place} bytes left");
        }
    }

    #[test]
    fn what_was_damaged_is_encoded_again_once() {
        let (folder, inner, all) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        let encode = || CachedEncoder::open(&inner, "x", folder.path()).unwrap().encode(&all, 1);
        let first = encode();
        let file = only_file(folder.path());
        let mut damaged = fs::read(&file).unwrap();
        damaged[HEAD + 2] ^= 1;
        // Under a name that comes last, and one that comes first.
        for name in ["zzz", "000"] {
            let prefix = file.file_name().unwrap().to_str().unwrap().split_once('-').unwrap().0.to_owned();
            fs::write(folder.path().join(format!("{prefix}-{name}{SUFFIX}")), &damaged).unwrap();
        }
        fs::remove_file(file).unwrap();
        assert_eq!(encode(), first);
        let before = inner.0.load(Ordering::Relaxed);
        assert_eq!(encode(), first);
        assert_eq!(inner.0.load(Ordering::Relaxed), before);
    }

    #[test]
    fn a_record_of_another_number_of_texts_is_not_taken() {
        let (folder, inner, [_, several, _]) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        let (prefix, mut record) = ("0123456789abcdef-", Vec::new());
        write_record(&key(&several), &inner.encode(&[Passage::single("a")], 1)[0], &mut record);
        let path = folder.path().join(format!("{prefix}a{SUFFIX}"));
        fs::write(&path, record).unwrap();
        let cache = CachedEncoder::in_memory(&inner);
        cache.locked().index(&File::open(&path).unwrap(), 2).unwrap();
        cache.locked().media.push(Medium::Kept(path));
        assert_eq!(cache.encode(std::slice::from_ref(&several), 1)[0].len(), 2);
    }

    #[test]
    fn another_encoder_does_not_read_it() {
        let (folder, inner, [a, ..]) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        for identity in ["x", "y"] {
            CachedEncoder::open(&inner, identity, folder.path()).unwrap().encode(std::slice::from_ref(&a), 1);
        }
        assert_eq!(inner.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn embeddings_are_given_out_where_they_cannot_be_kept() {
        let (folder, inner, all) = (tempfile::tempdir().unwrap(), Counting::default(), passages());
        let cache = CachedEncoder::open(&inner, "x", &folder.path().join("gone")).unwrap();
        fs::remove_dir(folder.path().join("gone")).unwrap();
        assert_eq!(cache.encode(&all, 1), inner.encode(&all, 1));
        assert!(cache.kept().unwrap_err().to_string().contains("gone"));
    }
}
