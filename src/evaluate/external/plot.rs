//! Box plots of the shares by outcome.

use std::fmt::Write;

use super::ExternalReport;

const ROW: usize = 28;
const TOP: usize = 34;
const LEFT: f64 = 360.0;
const WIDTH: f64 = 420.0;

pub(super) fn svg(report: &ExternalReport) -> String {
    let rows: Vec<_> = report.frameworks.iter().flat_map(|f| f.outcomes.iter().map(move |o| (f, o))).collect();
    let bottom = TOP + rows.len() * ROW;
    let (width, height) = (LEFT + WIDTH + 40.0, bottom + 50);
    let x = |share: f64| LEFT + share.clamp(0.0, 1.0) * WIDTH;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"t\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title id=\"t\">Share of weaknesses by published outcome</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"8\" y=\"20\" font-weight=\"bold\">Share of weaknesses by published outcome</text>\n"
    );
    for tenth in (0..=10).step_by(2) {
        let (share, at) = (f64::from(tenth) / 10.0, x(f64::from(tenth) / 10.0));
        let _ = writeln!(
            out,
            "<path d=\"M{at} {TOP}V{bottom}\" stroke=\"#ccc\"/><text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{share:.1}</text>",
            bottom + 18
        );
    }
    for (i, (framework, outcome)) in rows.iter().enumerate() {
        let middle = (TOP + i * ROW + ROW / 2) as f64;
        let [least, lower, median, upper, greatest] = outcome.five_numbers.map(x);
        let five = outcome.five_numbers.map(|n| format!("{n:.2}")).join(", ");
        let label = escaped(&format!("{}: {} ({})", framework.framework, outcome.outcome, outcome.reports));
        let _ = writeln!(
            out,
            "<g><title>{label}: {five}</title><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\
             <path d=\"M{least:.1} {middle}H{lower:.1}M{upper:.1} {middle}H{greatest:.1}\" stroke=\"#333\"/>\
             <rect x=\"{lower:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"16\" fill=\"#b9d3ea\" stroke=\"#333\"/>\
             <path d=\"M{median:.1} {:.1}v16\" stroke=\"#000\" stroke-width=\"2.5\"/></g>",
            LEFT - 10.0,
            middle + 4.0,
            middle - 8.0,
            upper - lower,
            middle - 8.0,
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{}\">Box: quartiles and median; line: least to greatest; in brackets: reports</text>\n</svg>",
        bottom + 38
    );
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
