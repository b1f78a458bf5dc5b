//! Embeddings kept between runs, by the content of encoder and passage.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};

use super::{Embedding, Encoder, Passage};
use crate::error::{Error, Result};

type Key = [u8; 32];

/// Bytes of a record's check, the first of the SHA-256 of what stands before it.
const CHECK: usize = 8;

/// An [`Encoder`] that asks another only for passages that it has not seen.
///
/// The file lies in a folder of the user's, one file an encoder. It is a row of records of one size, each with a check;
/// a record that was cut or damaged is as if it were not there. Losing the file costs time and nothing else.
pub struct CachedEncoder<'a> {
    inner: &'a dyn Encoder,
    /// The file; none where the cache lives in memory only.
    path: Option<PathBuf>,
    known: Mutex<HashMap<Key, Vec<Embedding>>>,
}

impl<'a> CachedEncoder<'a> {
    /// A cache of `inner` that lives as long as this value.
    pub fn in_memory(inner: &'a dyn Encoder) -> Self {
        CachedEncoder { inner, path: None, known: Mutex::default() }
    }

    /// A cache of `inner` in `folder`. `identity` tells encoders apart: files, precision, whatever changes a vector.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the folder cannot be made or the file not read.
    pub fn open(inner: &'a dyn Encoder, identity: &str, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|e| Error::io("make the cache folder", folder, e))?;
        let digest = Sha256::digest(identity.as_bytes());
        let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!("{name}.embeddings"));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(Error::io("read the cached embeddings", &path, e)),
        };
        let size = record_size(inner.dimension());
        let known = bytes.chunks_exact(size).filter_map(parse).map(|(key, e)| (key, vec![e])).collect();
        Ok(CachedEncoder { inner, path: Some(path), known: Mutex::new(known) })
    }

    /// Writes what was learned, through a temporary file beside the cache. In memory there is nothing to do.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when it cannot be written.
    pub fn save(&self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let fail = |e| Error::io("write the cached embeddings", path, e);
        let known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Only passages with one wanted text have a record.
        let mut records: Vec<_> = known.iter().filter(|(_, e)| e.len() == 1).map(|(key, e)| (key, &e[0])).collect();
        records.sort_by_key(|(key, _)| *key);
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
        let mut buffer = std::io::BufWriter::new(&mut file);
        for (key, embedding) in records {
            buffer.write_all(&record(key, embedding)).map_err(fail)?;
        }
        buffer.flush().map_err(fail)?;
        drop(buffer);
        file.persist(path).map_err(|e| fail(e.error))?;
        Ok(())
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
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let missing: Vec<usize> = (0..passages.len()).filter(|&i| !known.contains_key(&keys[i])).collect();
        let asked: Vec<Passage<'_>> = missing.iter().map(|&i| passages[i].clone()).collect();
        for (&i, embeddings) in missing.iter().zip(self.inner.encode(&asked, threads)) {
            known.insert(keys[i], embeddings);
        }
        keys.iter().map(|key| known[key].clone()).collect()
    }
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

fn record_size(dimension: usize) -> usize {
    size_of::<Key>() + 1 + dimension * size_of::<f32>() + CHECK
}

fn record(key: &Key, embedding: &Embedding) -> Vec<u8> {
    let mut record = key.to_vec();
    record.push(u8::from(embedding.truncated));
    record.extend(embedding.vector.iter().flat_map(|x| x.to_le_bytes()));
    let check = Sha256::digest(&record);
    record.extend(&check[..CHECK]);
    record
}

fn parse(record: &[u8]) -> Option<(Key, Embedding)> {
    let (contents, check) = record.split_at(record.len() - CHECK);
    if Sha256::digest(contents)[..CHECK] != *check {
        return None;
    }
    let (key, rest) = contents.split_first_chunk::<32>()?;
    let (truncated, numbers) = rest.split_first()?;
    let vector = numbers.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Some((*key, Embedding { vector, truncated: *truncated == 1 }))
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
            let one =
                |t: &&str| Embedding { vector: vec![t.len() as f32, f32::from(t.as_bytes()[0])], truncated: false };
            passages.iter().map(|p| p.texts[p.wanted.clone()].iter().map(one).collect()).collect()
        }
    }

    #[test]
    fn a_second_run_encodes_only_what_is_new_and_damage_is_encoded_again() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b, c) = (Passage::single("a"), Passage::single("bb"), Passage::single("ccc"));
        let inner = Counting::default();
        let cache = CachedEncoder::open(&inner, "x", folder.path()).unwrap();
        let first = cache.encode(&[a.clone(), b.clone()], 1);
        cache.save().unwrap();

        let cache = CachedEncoder::open(&inner, "x", folder.path()).unwrap();
        let again = cache.encode(&[b.clone(), c, a.clone()], 1);
        assert_eq!((&again[2], &again[0]), (&first[0], &first[1]));
        assert_eq!(inner.0.load(Ordering::Relaxed), 3);
        cache.save().unwrap();

        let file = cache.path.clone().unwrap();
        let mut bytes = fs::read(&file).unwrap();
        bytes[40] ^= 1;
        bytes.truncate(bytes.len() - 1);
        fs::write(file, bytes).unwrap();
        let cache = CachedEncoder::open(&inner, "x", folder.path()).unwrap();
        assert_eq!(cache.known.lock().unwrap().len(), 1);
        assert_eq!(cache.encode(&[a, b], 1), first);
    }

    #[test]
    fn another_encoder_has_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let inner = Counting::default();
        let paths = ["x", "y"].map(|id| CachedEncoder::open(&inner, id, folder.path()).unwrap().path);
        assert_ne!(paths[0], paths[1]);
    }
}
