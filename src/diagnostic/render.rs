//! Findings for people: file, line and column, the text underlined, what would do.

use std::fmt::Write;

use super::{Diagnostic, Diagnostics, Severity};

/// Whether the text may hold terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// For a terminal.
    Always,
    /// For files and pipes.
    Never,
}

/// The widest piece of a line that is shown, in characters.
const SHOWN_MAX: usize = 120;

impl Diagnostics {
    /// Every finding in the order of the text, then a line that counts them.
    pub fn render(&self, text: &str, file_name: &str, color: Color) -> String {
        let lines = Lines::of(text);
        let mut findings: Vec<_> = self.list.iter().collect();
        findings.sort_by_key(|finding| (finding.location.is_empty(), finding.span.start));
        let mut out = String::new();
        for finding in findings {
            lines.write_finding(finding, file_name, Paint(color), &mut out);
            out.push('\n');
        }
        out.push_str(&self.summary(file_name));
        out
    }

    fn summary(&self, file_name: &str) -> String {
        let (errors, warnings) = self.counts();
        let mut parts = Vec::new();
        for (count, noun) in [(errors, "error"), (warnings, "warning")] {
            if count > 0 {
                parts.push(format!("{count} {noun}{}", if count == 1 { "" } else { "s" }));
            }
        }
        if self.dropped > 0 {
            parts.push(format!("{} more not shown", self.dropped));
        }
        if parts.is_empty() { String::new() } else { format!("{file_name}: {}\n", parts.join(", ")) }
    }
}

/// The text and where its lines begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Lines<'a> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        Lines { text, starts }
    }

    fn write_finding(&self, finding: &Diagnostic, file_name: &str, paint: Paint, out: &mut String) {
        let (word, colour) = match finding.severity {
            Severity::Error => ("error", RED),
            Severity::Warning => ("warning", YELLOW),
        };
        // Jackson's texts repeat the place on a second line; the place is shown better below.
        let message = finding.message.lines().next().unwrap_or_default();
        let excerpt = self.excerpt(finding);
        let margin = " ".repeat(excerpt.line.to_string().len());
        let bar = paint.with(BLUE, "|");
        let arrow = paint.with(BLUE, "-->");
        let place = format!("{file_name}:{}:{}", excerpt.line, excerpt.column);
        let title = paint.with(colour, &format!("{word}[{}]", finding.code));
        let number = paint.with(BLUE, &excerpt.line.to_string());
        let marks = paint.with(colour, &"^".repeat(excerpt.marks));
        let indent = " ".repeat(excerpt.indent);
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{title}: {}", plain(message));
        let _ = writeln!(out, "{margin}{arrow} {place}{}", self.where_in_definition(finding));
        let _ = writeln!(out, "{margin} {bar}\n{number} {bar} {}\n{margin} {bar} {indent}{marks}", excerpt.shown);
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "{margin} {} help: {}", paint.with(BLUE, "="), plain(help));
        }
    }

    /// The location as AWS tells it, where it is more than a place in the text.
    fn where_in_definition(&self, finding: &Diagnostic) -> String {
        if finding.location.starts_with('/') { format!(" ({})", plain(&finding.location)) } else { String::new() }
    }

    /// The first line of the finding's span, cut to a readable width around it.
    fn excerpt(&self, finding: &Diagnostic) -> Excerpt {
        let start = floor(self.text, finding.span.start as usize);
        let row = self.starts.partition_point(|&line| line <= start) - 1;
        let line_end = self.starts.get(row + 1).map_or(self.text.len(), |next| next - 1);
        let end = floor(self.text, finding.span.end as usize).min(line_end).max(start);
        let (before, rest) = (&self.text[self.starts[row]..start], self.text[start..line_end.max(start)].trim_end());
        let column = before.chars().count();
        let marks = self.text[start..end].trim_end().chars().take(SHOWN_MAX / 2).count().max(1);
        let kept = if column + marks > SHOWN_MAX { SHOWN_MAX / 3 } else { column };
        let head = before.char_indices().rev().take(kept).last().map_or(start, |(at, _)| self.starts[row] + at);
        let tail = rest.char_indices().nth(SHOWN_MAX - kept).map_or(rest.len(), |(at, _)| at);
        let (lead, more) = (if kept < column { "… " } else { "" }, if tail < rest.len() { " …" } else { "" });
        Excerpt {
            line: row + 1,
            column: column + 1,
            shown: format!("{lead}{}{more}", plain(&self.text[head..start + tail])),
            indent: kept + lead.chars().count(),
            marks,
        }
    }
}

struct Excerpt {
    line: usize,
    column: usize,
    shown: String,
    indent: usize,
    marks: usize,
}

/// The text with control characters shown as a space each, so that a definition cannot steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&place| text.is_char_boundary(place)).unwrap_or(0)
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";

#[derive(Clone, Copy)]
struct Paint(Color);

impl Paint {
    fn with(self, colour: &str, text: &str) -> String {
        match self.0 {
            Color::Always => format!("{colour}{text}\x1b[0m"),
            Color::Never => text.to_owned(),
        }
    }
}
