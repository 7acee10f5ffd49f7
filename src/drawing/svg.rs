//! The machine as SVG: boxes for states, boxes in boxes for Parallel and Map, dashed red ways for errors.

use super::edges::{Edge, edges};
use super::labels;
use super::place::{self, Frame, LABEL_MAX, NAME_MAX, Point, STATE_HEIGHT, Scene, Way};
use crate::asl::graph::{Graph, State};
use std::fmt::Write;

const MARGIN: i64 = 16;
/// The radius of round corners, where there is room for it.
const CORNER: i64 = 6;

const STYLE: &str = "
svg{background:#fff;font-family:ui-sans-serif,system-ui,Helvetica,Arial,sans-serif}
rect{fill:#f6f8fa;stroke:#57606a;rx:6}
.Task{fill:#ddf4ff;stroke:#0969da}.Choice{fill:#fff8c5;stroke:#9a6700}.Wait{fill:#fbefff;stroke:#8250df}
.Succeed{fill:#dafbe1;stroke:#1a7f37;rx:20}.Fail{fill:#ffebe9;stroke:#cf222e;rx:20}
.Parallel,.Map{fill:#fff;stroke:#57606a}.scope{fill:#f6f8fa;stroke:#d0d7de;stroke-dasharray:3 3}
text{text-anchor:middle;font-size:13px;fill:#1f2328}.kind{font-size:10px;fill:#57606a}
.when{font-size:10px;fill:#57606a;paint-order:stroke;stroke:#fff;stroke-width:4px}
path{fill:none;stroke:#57606a;stroke-width:1.4}.catch{stroke:#cf222e;stroke-dasharray:5 3}
.dot{fill:#1f2328}.ring{fill:#fff;stroke:#1f2328;stroke-width:1.4}.arrow{fill:#57606a;stroke:none}.hot{fill:#cf222e;stroke:none}
";

/// Draws the machine.
pub fn svg(graph: &Graph) -> String {
    let edges = edges(graph);
    let scenes = place::place(graph, &edges);
    let (width, height) = scenes.first().map_or((0, 0), |scene| scene.frame.size);
    let (left, top) = (-MARGIN, -MARGIN);
    let (width, height) = (width + 2 * MARGIN, height + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"{left} {top} {width} {height}\">\n<style>{STYLE}</style>\n<defs>{}{}</defs>\n",
        arrow("next", "arrow"),
        arrow("error", "hot"),
    );
    for (index, scene) in scenes.iter().enumerate() {
        // What stands within a state is drawn after the state.
        write_scene(graph, &edges, scene, index > 0, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn arrow(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path class=\"{class}\" d=\"M0 0L8 4L0 8z\"/></marker>"
    )
}

// Writing to a String cannot fail, below and everywhere in this file.
fn write_scene(graph: &Graph, edges: &[Edge], scene: &Scene, is_held: bool, out: &mut String) {
    if is_held {
        let Frame { at: (x, y), size: (width, height) } = scene.frame;
        // A little wider than what it holds.
        let frame = Frame { at: (x - place::SPACE / 3, y), size: (width + place::SPACE * 2 / 3, height) };
        let _ = writeln!(out, "<rect class=\"scope\" {}/>", place_of(&frame));
    }
    for (id, frame) in &scene.states {
        write_state(&graph.states[id.0 as usize], frame, out);
    }
    for way in &scene.ways {
        write_way(&edges[way.edge], way, out);
    }
    for way in &scene.ways {
        write_label(&edges[way.edge], way.label, out);
    }
    let (x, y) = scene.start;
    let _ = writeln!(
        out,
        "<path d=\"M{x} {}V{y}\" marker-end=\"url(#next)\"/><circle class=\"dot\" cx=\"{x}\" cy=\"{}\" r=\"5\"/>",
        y - 20,
        y - 22
    );
    for (x, y) in &scene.ends {
        let _ = writeln!(out, "<path d=\"M{x} {y}v8\"/><circle class=\"ring\" cx=\"{x}\" cy=\"{}\" r=\"4\"/>", y + 12);
    }
}

fn place_of(frame: &Frame) -> String {
    let Frame { at: (x, y), size: (width, height) } = frame;
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn write_state(state: &State, frame: &Frame, out: &mut String) {
    let kind = labels::type_of(state);
    let class = state.kind.name();
    let x = frame.at.0 + frame.size.0 / 2;
    let y = frame.at.1 + STATE_HEIGHT / 2;
    let (name, shown) = (escaped(&state.name), escaped(&labels::cut(&state.name, NAME_MAX)));
    let _ = writeln!(out, "<g><title>{name} ({})</title><rect class=\"{class}\" {}/>", escaped(&kind), place_of(frame));
    let kind = escaped(&labels::cut(&kind, NAME_MAX));
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\">{shown}</text><text class=\"kind\" x=\"{x}\" y=\"{}\">{kind}</text></g>",
        y - 2,
        y + 13
    );
}

fn write_way(edge: &Edge, way: &Way, out: &mut String) {
    let (class, marker) = if edge.is_catch { (" class=\"catch\"", "error") } else { ("", "next") };
    let line = if way.is_direct { curve(&way.points) } else { rounded(&way.points) };
    let _ = writeln!(out, "<path{class} d=\"{line}\" marker-end=\"url(#{marker})\"/>");
}

fn write_label(edge: &Edge, (x, y): Point, out: &mut String) {
    if !edge.label.is_empty() {
        let (whole, shown) = (escaped(&edge.label), escaped(&labels::cut(&edge.label, LABEL_MAX)));
        let _ = writeln!(out, "<text class=\"when\" x=\"{x}\" y=\"{y}\"><title>{whole}</title>{shown}</text>");
    }
}

/// Down to the second point, then in an S to the last.
fn curve(points: &[Point]) -> String {
    let [(x, y), (_, turn), (to_x, to_y)] = points else { return String::new() };
    let middle = (turn + to_y) / 2;
    format!("M{x} {y}V{turn}C{x} {middle} {to_x} {middle} {to_x} {to_y}")
}

/// From point to point, each step across or down, with round corners.
fn rounded(points: &[Point]) -> String {
    let mut line = String::new();
    if let Some((x, y)) = points.first() {
        let _ = write!(line, "M{x} {y}");
    }
    for corner in points.windows(3) {
        let (before, at, after) = (corner[0], corner[1], corner[2]);
        let radius = CORNER.min(length(before, at) / 2).min(length(at, after) / 2);
        let (into, out_of) = (towards(at, before, radius), towards(at, after, radius));
        let _ = write!(line, "L{} {}Q{} {} {} {}", into.0, into.1, at.0, at.1, out_of.0, out_of.1);
    }
    if let Some((x, y)) = points.last() {
        let _ = write!(line, "L{x} {y}");
    }
    line
}

fn length(from: Point, to: Point) -> i64 {
    (to.0 - from.0).abs() + (to.1 - from.1).abs()
}

/// The point this far from `from` on the way to `to`.
fn towards(from: Point, to: Point, distance: i64) -> Point {
    (from.0 + (to.0 - from.0).signum() * distance, from.1 + (to.1 - from.1).signum() * distance)
}

/// Text in XML; control characters, which XML cannot hold, as spaces.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
