//! Which states of a scope stand in one row: every way leads downwards, as far as it goes.
//!
//! After Sugiyama, Tagawa and Toda (1981): ways that lead back are set aside, rows follow the longest path, and states
//! are put near those that lead to them.

/// How often the rows are put in order, downwards and upwards by turns.
const SWEEPS: usize = 8;

/// Puts `count` nodes in rows; ways are pairs of nodes, the first node is where it starts.
///
/// Every node is in exactly one row. Work and memory grow with the number of ways times its logarithm.
pub(super) fn layers(count: usize, ways: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); count];
    for &(from, to) in ways {
        out[from].push(to);
    }
    let (order, forward) = forward_ways(&out);
    let rows = rows(&order, &forward);
    let mut layers = vec![Vec::new(); rows.iter().max().map_or(0, |deepest| deepest + 1)];
    for &node in &order {
        layers[rows[node]].push(node);
    }
    let adjacent = adjacent_ways(&forward, &rows);
    for sweep in 0..SWEEPS {
        put_in_order(&mut layers, &adjacent, sweep % 2 == 0);
    }
    layers
}

/// A depth-first walk: the nodes so that every way that does not lead back goes forwards, and those ways.
fn forward_ways(out: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        OnTheWay,
        Done,
    }
    let mut seen = vec![Seen::Not; out.len()];
    let mut forward = vec![Vec::new(); out.len()];
    let mut finished = Vec::with_capacity(out.len());
    for root in 0..out.len() {
        if seen[root] != Seen::Not {
            continue;
        }
        seen[root] = Seen::OnTheWay;
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            // From the last to the first: reversed at the end, the first way's target comes first.
            let Some(&to) = out[node].iter().rev().nth(*next) else {
                seen[node] = Seen::Done;
                finished.push(node);
                path.pop();
                continue;
            };
            *next += 1;
            if seen[to] != Seen::OnTheWay {
                forward[node].push(to);
            }
            if seen[to] == Seen::Not {
                seen[to] = Seen::OnTheWay;
                path.push((to, 0));
            }
        }
    }
    finished.reverse();
    (finished, forward)
}

/// The row of each node: one below the lowest that leads to it.
fn rows(order: &[usize], forward: &[Vec<usize>]) -> Vec<usize> {
    let mut rows = vec![0; order.len()];
    for &node in order {
        for &to in &forward[node] {
            rows[to] = rows[to].max(rows[node] + 1);
        }
    }
    rows
}

/// For each node its neighbours in the row above, and in the row below.
struct Adjacent {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

fn adjacent_ways(forward: &[Vec<usize>], rows: &[usize]) -> Adjacent {
    let empty = || vec![Vec::new(); rows.len()];
    let mut adjacent = Adjacent { above: empty(), below: empty() };
    for (from, targets) in forward.iter().enumerate() {
        for &to in targets.iter().filter(|&&to| rows[to] == rows[from] + 1) {
            adjacent.below[from].push(to);
            adjacent.above[to].push(from);
        }
    }
    adjacent
}

/// Sorts each row by the middle of its neighbours in the row before it; nodes without neighbours stay where they are.
fn put_in_order(layers: &mut [Vec<usize>], adjacent: &Adjacent, downwards: bool) {
    let neighbours = if downwards { &adjacent.above } else { &adjacent.below };
    let mut place = vec![0.0; neighbours.len()];
    let mut sort = |layer: &mut Vec<usize>| {
        let middle = |(index, &node): (usize, &usize)| match neighbours[node].len() {
            0 => (index as f64 + 0.5) / layer.len() as f64,
            count => neighbours[node].iter().map(|&near| place[near]).sum::<f64>() / count as f64,
        };
        let mut keyed: Vec<(f64, usize)> = layer.iter().enumerate().map(middle).zip(layer.iter().copied()).collect();
        keyed.sort_by(|(left, _), (right, _)| left.total_cmp(right)); // Stable: equal ones keep their order.
        *layer = keyed.into_iter().map(|(_, node)| node).collect();
        for (index, &node) in layer.iter().enumerate() {
            // Rows of different length are compared as if all were one wide.
            place[node] = (index as f64 + 0.5) / layer.len() as f64;
        }
    };
    if downwards { layers.iter_mut().for_each(&mut sort) } else { layers.iter_mut().rev().for_each(&mut sort) }
}

#[cfg(test)]
mod tests {
    use super::layers;

    #[test]
    fn a_chain_is_one_below_the_other() {
        assert_eq!(layers(3, &[(0, 1), (1, 2)]), [[0], [1], [2]]);
    }

    #[test]
    fn a_way_back_does_not_lift_its_target() {
        assert_eq!(layers(3, &[(0, 1), (1, 0), (1, 2), (2, 2)]), [[0], [1], [2]]);
    }

    #[test]
    fn a_shortcut_does_not_shorten_the_long_way() {
        assert_eq!(layers(3, &[(0, 2), (0, 1), (1, 2)]), [[0], [1], [2]]);
    }

    #[test]
    fn states_stand_below_those_that_lead_to_them() {
        // 1 leads to 4 and 2 to 3: without ordering the ways would cross.
        let rows = layers(5, &[(0, 1), (0, 2), (1, 4), (2, 3)]);
        let place = |node| rows.iter().flatten().position(|&other| other == node);
        assert_eq!(place(1) < place(2), place(4) < place(3));
    }

    #[test]
    fn nothing_is_lost_that_nothing_leads_to() {
        let rows = layers(4, &[(0, 1), (2, 1)]);
        let mut all: Vec<usize> = rows.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3]);
        assert!(layers(0, &[]).is_empty());
    }

    #[test]
    fn a_long_loop_takes_no_stack() {
        let count = 100_000;
        let ways: Vec<(usize, usize)> = (0..count).map(|node| (node, (node + 1) % count)).collect();
        assert_eq!(layers(count, &ways).len(), count);
    }
}
