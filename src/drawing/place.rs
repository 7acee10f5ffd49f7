//! Where everything stands in the picture, in pixels: states in rows, ways to the next row direct, others by a lane.
//!
//! A scope's states stand in rows with gaps between them. A way that leads to no adjacent row goes through the gap below
//! its state to a lane at the right, along it, and back through the gap above its target. Ways to the same target share
//! lane and tracks, so that thirty states with one handler of errors make one line and not thirty.

use super::edges::Edge;
use super::lanes::Lanes;
use super::{inner_scopes, is_last, labels, layers, members};
use crate::asl::graph::{Graph, ScopeId, State, StateId};
use std::collections::HashMap;

/// A point, in pixels to the right and down.
pub(super) type Point = (i64, i64);

/// A rectangle: its upper left corner and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub at: Point,
    pub size: Point,
}

/// A way as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Which of the edges.
    pub edge: usize,
    /// Straight from point to point with round corners, or, to the next row, three points and a curve to the last.
    pub points: Vec<Point>,
    pub is_direct: bool,
    /// The middle of its label.
    pub label: Point,
}

/// A scope: its frame, its states and its ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scene {
    pub frame: Frame,
    pub states: Vec<(StateId, Frame)>,
    pub ways: Vec<Way>,
    /// The middle of the top of the state it starts with.
    pub start: Point,
    /// The middle of the bottom of each state it ends with.
    pub ends: Vec<Point>,
}

/// The longest name, type and label that are shown, in characters.
pub(super) const NAME_MAX: usize = 40;
pub(super) const LABEL_MAX: usize = 24;
pub(super) const STATE_HEIGHT: i64 = 44;
const NARROWEST: i64 = 90;
/// Between states of a row, and around what a state holds.
pub(super) const SPACE: i64 = 24;
const GAP: i64 = 36;
/// Room for the mark above the first state.
const FIRST_GAP: i64 = 30;
const LABEL_HEIGHT: i64 = 18;
const LANE: i64 = 10;
const PORT: i64 = 14;

/// Places every scope; the machine's own comes first.
pub(super) fn place(graph: &Graph, edges: &[Edge]) -> Vec<Scene> {
    let (members, inner) = (members(graph), inner_scopes(graph));
    let mut ways: Vec<Vec<usize>> = vec![Vec::new(); graph.scopes.len()];
    let mut ports = vec![0; graph.states.len()];
    for (index, edge) in edges.iter().enumerate() {
        ways[graph.states[edge.from.0 as usize].scope.0 as usize].push(index);
        ports[edge.from.0 as usize] += port_width(edge);
    }
    let mut scenes = vec![Scene::default(); graph.scopes.len()];
    let mut sizes = vec![(0, 0); graph.states.len()];
    // Scopes come before those that stand in them.
    for scope in (0..graph.scopes.len()).rev() {
        for &state in &members[scope] {
            let held: Vec<Point> =
                inner[state.0 as usize].iter().map(|held| scenes[held.0 as usize].frame.size).collect();
            let index = state.0 as usize;
            sizes[index] = size(&graph.states[index], ports[index], &held);
        }
        let mut states = members[scope].clone();
        let start = graph.scopes[scope].start;
        states.sort_by_key(|&state| state != start);
        scenes[scope] = Layout::new(edges, &ways[scope], states, &sizes).scene(graph);
    }
    move_into_place(&mut scenes, &inner);
    scenes
}

fn port_width(edge: &Edge) -> i64 {
    if edge.label.is_empty() { PORT } else { text_width(&labels::cut(&edge.label, LABEL_MAX), 6) + PORT }
}

/// About how wide a text is, if its Latin letters are this wide.
fn text_width(text: &str, letter: i64) -> i64 {
    text.chars().map(|character| if character.is_ascii() { letter } else { 2 * letter }).sum()
}

fn size(state: &State, ports: i64, held: &[Point]) -> Point {
    let name = text_width(&labels::cut(&state.name, NAME_MAX), 8);
    let kind = text_width(&labels::cut(&labels::type_of(state), NAME_MAX), 6);
    let text = name.max(kind) + SPACE;
    let within: i64 = held.iter().map(|(width, _)| width + SPACE).sum::<i64>() + SPACE;
    let deepest = held.iter().map(|(_, height)| height + SPACE).max().unwrap_or(0);
    (text.max(ports).max(within).max(NARROWEST), STATE_HEIGHT + deepest)
}

/// From places within a scope to places in the picture.
fn move_into_place(scenes: &mut [Scene], inner: &[Vec<ScopeId>]) {
    for index in 0..scenes.len() {
        let scene = &mut scenes[index];
        let (dx, dy) = scene.frame.at;
        let shift = |point: &mut Point| *point = (point.0 + dx, point.1 + dy);
        scene.states.iter_mut().for_each(|(_, frame)| shift(&mut frame.at));
        scene.ends.iter_mut().for_each(shift);
        shift(&mut scene.start);
        for way in &mut scene.ways {
            way.points.iter_mut().for_each(shift);
            shift(&mut way.label);
        }
        for (state, frame) in scene.states.clone() {
            let held = &inner[state.0 as usize];
            let taken: i64 = held.iter().map(|scope| scenes[scope.0 as usize].frame.size.0 + SPACE).sum();
            let mut x = frame.at.0 + (frame.size.0 - taken + SPACE) / 2;
            for scope in held {
                let held = &mut scenes[scope.0 as usize].frame;
                held.at = (x, frame.at.1 + STATE_HEIGHT);
                x += held.size.0 + SPACE;
            }
        }
    }
}

/// A scope while it is laid out. Nodes are its states by their place in `states`.
struct Layout<'a> {
    edges: &'a [Edge],
    ways: &'a [usize],
    states: Vec<StateId>,
    /// Each node's row, and its frame within the scope.
    row_of: Vec<usize>,
    frames: Vec<Frame>,
    /// Where each gap begins; the first is above the first row. Each row ends where the next gap begins.
    gaps: Vec<i64>,
    width: i64,
    node_of: HashMap<StateId, usize>,
    lanes: Lanes,
}

impl<'a> Layout<'a> {
    fn new(edges: &'a [Edge], ways: &'a [usize], states: Vec<StateId>, sizes: &[Point]) -> Layout<'a> {
        let node_of: HashMap<StateId, usize> = states.iter().enumerate().map(|(node, &state)| (state, node)).collect();
        let ends = |&way: &usize| (node_of[&edges[way].from], node_of[&edges[way].to]);
        let rows = layers::layers(states.len(), &ways.iter().map(ends).collect::<Vec<_>>());
        let mut row_of = vec![0; states.len()];
        for (row, nodes) in rows.iter().enumerate() {
            nodes.iter().for_each(|&node| row_of[node] = row);
        }
        let mut lanes = Lanes::default();
        for edge in ways.iter().map(|&way| &edges[way]) {
            let (from, to) = (row_of[node_of[&edge.from]], row_of[node_of[&edge.to]]);
            if to != from + 1 {
                lanes.add(edge, from + 1, to);
            }
        }
        let frames = states.iter().map(|state| Frame { at: (0, 0), size: sizes[state.0 as usize] }).collect();
        let gaps = Vec::with_capacity(rows.len() + 1);
        let mut layout = Layout { edges, ways, states, row_of, frames, gaps, width: 0, node_of, lanes };
        layout.set_rows(&rows);
        layout
    }

    /// Gives each node its place: rows one below the other, each centred.
    fn set_rows(&mut self, rows: &[Vec<usize>]) {
        let row_width =
            |frames: &[Frame], row: &[usize]| row.iter().map(|&node| frames[node].size.0 + SPACE).sum::<i64>() - SPACE;
        self.width = rows.iter().map(|row| row_width(&self.frames, row)).max().unwrap_or(0);
        let mut y = 0;
        for (number, row) in rows.iter().enumerate() {
            self.gaps.push(y);
            y += if number == 0 { FIRST_GAP } else { GAP + LABEL_HEIGHT } + self.lanes.tracks_height(number);
            let mut x = (self.width - row_width(&self.frames, row)) / 2;
            for &node in row {
                self.frames[node].at = (x, y);
                x += self.frames[node].size.0 + SPACE;
            }
            y += row.iter().map(|&node| self.frames[node].size.1).max().unwrap_or(0);
        }
        self.gaps.push(y);
    }

    fn scene(mut self, graph: &Graph) -> Scene {
        let lanes = self.lanes.set_lanes();
        let last = self.gaps.len() - 1;
        let below = LABEL_HEIGHT + SPACE + self.lanes.tracks_height(last);
        let size = (self.width + if lanes > 0 { SPACE / 2 + LANE * lanes } else { 0 }, self.gaps[last] + below);
        let start = self.frames.first().map_or((0, 0), top);
        let is_end = |node: &usize| is_last(&graph.states[self.states[*node].0 as usize]);
        let ends = (0..self.states.len()).filter(is_end).map(|node| bottom(&self.frames[node])).collect();
        let ways = self.route();
        let states = self.states.into_iter().zip(self.frames).collect();
        Scene { frame: Frame { at: (0, 0), size }, states, ways, start, ends }
    }

    /// Ways leave a state side by side, those to the left first, those to the lanes last.
    fn route(&self) -> Vec<Way> {
        let mut ways: Vec<usize> = self.ways.to_vec();
        let target = |edge: &Edge| self.node_of[&edge.to];
        ways.sort_by_key(|&way| {
            let edge = &self.edges[way];
            (edge.from, !self.is_direct(edge), top(&self.frames[target(edge)]).0)
        });
        let mut routes = Vec::with_capacity(ways.len());
        for of_state in ways.chunk_by(|&left, &right| self.edges[left].from == self.edges[right].from) {
            let frame = self.frames[self.node_of[&self.edges[of_state[0]].from]];
            let taken: i64 = of_state.iter().map(|&way| port_width(&self.edges[way])).sum();
            let mut x = frame.at.0 + (frame.size.0 - taken) / 2;
            for &way in of_state {
                let width = port_width(&self.edges[way]);
                routes.push(self.route_one(way, (x + width / 2, frame.at.1 + frame.size.1)));
                x += width;
            }
        }
        routes
    }

    fn is_direct(&self, edge: &Edge) -> bool {
        self.row_of[self.node_of[&edge.to]] == self.row_of[self.node_of[&edge.from]] + 1
    }

    fn route_one(&self, way: usize, port: Point) -> Way {
        let edge = &self.edges[way];
        let (from, to) = (self.node_of[&edge.from], self.node_of[&edge.to]);
        let (leaves, arrives) = (self.row_of[from] + 1, self.row_of[to]);
        let target = top(&self.frames[to]);
        let label = (port.0, self.gaps[leaves] + LABEL_HEIGHT - 5);
        if self.is_direct(edge) {
            let points = vec![port, (port.0, self.gaps[leaves] + LABEL_HEIGHT), target];
            return Way { edge: way, points, is_direct: true, label };
        }
        let bus = self.lanes.bus(edge);
        let track = |gap: usize| {
            self.gaps[gap]
                + FIRST_GAP / 2 * i64::from(gap == 0)
                + LABEL_HEIGHT * i64::from(gap > 0)
                + self.lanes.track(gap, bus)
        };
        let lane = self.width + SPACE / 2 + self.lanes.lane(bus) * LANE;
        // Beside the ways that come straight from above.
        let side = (self.frames[to].size.0 / 4).min(if edge.is_catch { 30 } else { 20 });
        let x = target.0 + side;
        let (below, above) = (track(leaves), track(arrives));
        let points = vec![port, (port.0, below), (lane, below), (lane, above), (x, above), (x, target.1)];
        Way { edge: way, points, is_direct: false, label }
    }
}

fn top(frame: &Frame) -> Point {
    (frame.at.0 + frame.size.0 / 2, frame.at.1)
}

fn bottom(frame: &Frame) -> Point {
    (frame.at.0 + frame.size.0 / 2, frame.at.1 + frame.size.1)
}
