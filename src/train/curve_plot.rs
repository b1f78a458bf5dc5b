//! A learning curve as a picture: SVG that loads nothing, with words for who does not see it.

use std::fmt::Write;

use super::curve::{Curve, SCORES, SHARES};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Colours that are told apart by who sees no red or no green (Okabe and Ito); the lines' dashes differ too.
const LINES: [(&str, &str); 4] = [("#0072B2", "none"), ("#D55E00", "8 4"), ("#007A5E", "2 3"), ("#8F3F71", "10 3 2 3")];

/// Least distance of two names at the lines' ends.
const NAME_HEIGHT: f64 = 16.0;

/// The curve of each score over the number of labelled sentences, mean of the draws with the least and the greatest.
pub fn svg(curve: &Curve) -> String {
    let size = |share: f64| {
        let sizes: Vec<usize> = curve.of_share(share).map(|point| point.sentences).collect();
        sizes.iter().sum::<usize>() as f64 / sizes.len().max(1) as f64
    };
    let most = size(1.0).max(1.0);
    let values = curve.points.iter().flat_map(|point| point.scores);
    let floor = (values.fold(1.0, f64::min) * 10.0).floor() / 10.0;
    let x = |sentences: f64| LEFT + sentences / most * (WIDTH - LEFT - RIGHT);
    let y = |score: f64| TOP + (1.0 - score) / (1.0 - floor).max(0.1) * (HEIGHT - TOP - BOTTOM);

    let ends: Vec<String> =
        SCORES.iter().enumerate().map(|(i, name)| format!("{name} {:.3}", curve.spread(1.0, i).0)).collect();
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"t d\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<title id=\"t\">Learning curve</title>\n<desc id=\"d\">Scores on \
         {} sentences of {} letters set aside, by the number of labelled sentences. With all {most:.0}: {}.</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">Scores on {} letters set \
         aside, by labelled sentences</text>\n",
        curve.held_out_sentences,
        curve.held_out_letters,
        ends.join(", "),
        curve.held_out_letters
    );
    let mut tick = floor;
    while tick < 1.001 {
        let at = y(tick);
        let _ = writeln!(
            out,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick:.1}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0
        );
        tick += 0.1;
    }
    for share in SHARES {
        let at = x(size(share));
        let _ = writeln!(
            out,
            "<path d=\"M{at:.1} {:.1}v5\" stroke=\"#222\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.0}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 20.0,
            size(share)
        );
    }
    let mut names: Vec<(usize, f64)> = (0..SCORES.len()).map(|i| (i, y(curve.spread(1.0, i).0))).collect();
    names.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut lowest = f64::NEG_INFINITY;
    for (i, at) in names {
        let (colour, dashes) = LINES[i];
        let line: Vec<String> =
            SHARES.iter().map(|&s| format!("{:.1} {:.1}", x(size(s)), y(curve.spread(s, i).0))).collect();
        let _ = writeln!(
            out,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>",
            line.join("L")
        );
        for share in SHARES {
            let (_, least, greatest) = curve.spread(share, i);
            let _ = writeln!(
                out,
                "<path d=\"M{:.1} {:.1}V{:.1}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
                x(size(share)),
                y(least),
                y(greatest)
            );
        }
        lowest = at.max(lowest + NAME_HEIGHT);
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            WIDTH - RIGHT + 8.0,
            lowest + 4.0,
            ends[i]
        );
    }
    out.push_str("</svg>\n");
    out
}
