//! What an expression takes from outside: variables, parts of `$states`, and names where there is nothing to look in.
//!
//! The parser bounds how deep expressions are nested, so this may recurse.

use super::ast::{Group, Kind, Node, Path, Stage, Step};
use super::frames::bindings;
use std::collections::HashSet;
use std::ops::Range;

/// What an expression takes from outside, each name once, where it stands first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Free<'a> {
    /// Variables that it does not define itself; functions are among them.
    pub variables: Vec<(&'a str, Range<usize>)>,
    /// What it reads of `$states`.
    pub states: Vec<(Part<'a>, Range<usize>)>,
    /// Fields and `$` where no value is the context, since a state's expression has no input of its own.
    pub unanchored: Vec<(&'a str, Range<usize>)>,
    /// Where `$$` stands.
    pub roots: Vec<Range<usize>>,
}

/// What is read of `$states`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part<'a> {
    /// All of it.
    Whole,
    /// One field.
    Field(&'a str),
}

/// Finds out what an expression takes from outside.
pub fn free(expression: &Node) -> Free<'_> {
    let mut walk = Walk { found: Free::default(), frames: vec![HashSet::new()] };
    path_variables(expression, &mut walk.frames[0]);
    bindings(expression, &mut walk.frames[0]);
    walk.part(expression, Context::Around, Context::Missing);
    walk.found
}

/// Whether a part is evaluated with a value as its context, or with that of the expression around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Around,
    Value,
    /// There is none.
    Missing,
}

struct Walk<'a> {
    found: Free<'a>,
    /// The variables that the expression defines, for each block and function around.
    frames: Vec<HashSet<&'a str>>,
}

impl<'a> Walk<'a> {
    /// A block or a function body; what is bound anywhere in it counts, as functions may use what is bound after them.
    fn frame(&mut self, node: &'a Node, context: Context) {
        let mut bound = HashSet::new();
        bindings(node, &mut bound);
        self.frames.push(bound);
        self.node(node, context);
        self.frames.pop();
    }

    fn node(&mut self, node: &'a Node, context: Context) {
        match &node.kind {
            Kind::Variable(name) => self.variable(name, &node.span, context),
            Kind::Name(name) if context == Context::Missing => note(&mut self.found.unanchored, &**name, &node.span),
            Kind::Path(path) if states_field(path).is_some() => return self.states(path, node, context),
            _ => {}
        }
        parts(node, &mut |part, inner| self.part(part, inner, context));
    }

    fn part(&mut self, part: &'a Node, inner: Context, around: Context) {
        let context = if inner == Context::Around { around } else { inner };
        match &part.kind {
            Kind::Block(_) => self.frame(part, context),
            Kind::Lambda(lambda) => {
                self.frames.push(lambda.parameters.iter().map(|name| &**name).collect());
                self.frame(part, context);
                self.frames.pop();
            }
            _ => self.node(part, context),
        }
    }

    fn variable(&mut self, name: &'a str, span: &Range<usize>, context: Context) {
        match name {
            "" if context == Context::Missing => note(&mut self.found.unanchored, "$", span),
            "" => {}
            "$" => self.found.roots.push(span.clone()),
            "states" => note(&mut self.found.states, Part::Whole, span),
            _ if self.frames.iter().any(|frame| frame.contains(name)) => {}
            _ => note(&mut self.found.variables, name, span),
        }
    }

    /// `$states.field`, and whatever follows.
    fn states(&mut self, path: &'a Path, node: &'a Node, context: Context) {
        if let Some((name, span)) = states_field(path) {
            note(&mut self.found.states, Part::Field(name), &span);
        }
        let mut first = true;
        parts(node, &mut |part, inner| {
            // The variable itself is told of already.
            if !std::mem::take(&mut first) {
                self.part(part, inner, context);
            }
        });
    }
}

fn note<T: PartialEq>(list: &mut Vec<(T, Range<usize>)>, name: T, span: &Range<usize>) {
    if !list.iter().any(|(known, _)| *known == name) {
        list.push((name, span.clone()));
    }
}

/// The field of `$states` that a path begins with.
fn states_field(path: &Path) -> Option<(&str, Range<usize>)> {
    match path.steps.as_slice() {
        [Step { node: states, stages, .. }, Step { node: field, .. }, ..] if stages.is_empty() => {
            match (&states.kind, &field.kind) {
                (Kind::Variable(name), Kind::Name(field_name)) if &**name == "states" => {
                    Some((field_name, states.span.start..field.span.end))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The variables of `@` and `#` anywhere: where they can be seen is for the evaluation to know.
fn path_variables<'a>(node: &'a Node, bound: &mut HashSet<&'a str>) {
    if let Kind::Path(path) = &node.kind {
        for step in &path.steps {
            bound.extend(step.focus.iter().chain(&step.index).map(|name| &**name));
            bound.extend(step.stages.iter().filter_map(|stage| match stage {
                Stage::Index(name) => Some(&**name),
                Stage::Filter(_) => None,
            }));
        }
    }
    parts(node, &mut |part, _| path_variables(part, bound));
}

/// Calls for each part of a node, in the order in which they are written.
pub(super) fn parts<'a>(node: &'a Node, call: &mut dyn FnMut(&'a Node, Context)) {
    match &node.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Regex { .. } => {}
        Kind::Variable(_) | Kind::Name(_) | Kind::Wildcard | Kind::Descendant => {}
        Kind::Parent(_) | Kind::Placeholder => {}
        Kind::Path(path) => {
            for (place, step) in path.steps.iter().enumerate() {
                call(&step.node, if place == 0 { Context::Around } else { Context::Value });
                for stage in &step.stages {
                    if let Stage::Filter(filter) = stage {
                        call(filter, Context::Value);
                    }
                }
            }
        }
        Kind::Negate(value) | Kind::Bind { value, .. } => call(value, Context::Around),
        Kind::Array { items, .. } | Kind::Block(items) => items.iter().for_each(|item| call(item, Context::Around)),
        Kind::Object(group) => pairs(group, Context::Around, call),
        Kind::Binary { left, right, .. } | Kind::Apply { left, right } => {
            call(left, Context::Around);
            call(right, Context::Around);
        }
        Kind::Condition { condition, then, otherwise } => {
            call(condition, Context::Around);
            call(then, Context::Around);
            otherwise.iter().for_each(|otherwise| call(otherwise, Context::Around));
        }
        Kind::Lambda(lambda) => call(&lambda.body, Context::Around),
        Kind::Call { procedure, arguments } | Kind::Partial { procedure, arguments } => {
            call(procedure, Context::Around);
            arguments.iter().for_each(|argument| call(argument, Context::Around));
        }
        Kind::Transform { pattern, update, delete } => {
            call(pattern, Context::Value);
            call(update, Context::Value);
            delete.iter().for_each(|delete| call(delete, Context::Value));
        }
        Kind::Sort(terms) => terms.iter().for_each(|term| call(&term.expression, Context::Value)),
    }
    node.predicates.iter().for_each(|predicate| call(predicate, Context::Value));
    node.group.iter().for_each(|group| pairs(group, Context::Value, call));
}

fn pairs<'a>(group: &'a Group, context: Context, call: &mut dyn FnMut(&'a Node, Context)) {
    for (key, value) in &group.pairs {
        call(key, context);
        call(value, context);
    }
}

#[cfg(test)]
mod tests {
    use super::{Free, Part, free};
    use crate::query::jsonata::parse;

    fn names<T: Copy>(list: &[(T, std::ops::Range<usize>)]) -> Vec<T> {
        list.iter().map(|(name, _)| *name).collect()
    }

    fn of<T>(text: &str, what: impl Fn(&Free<'_>) -> T) -> T {
        let node = parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
        what(&free(&node))
    }

    fn variables(text: &str) -> String {
        of(text, |free| names(&free.variables).join(" "))
    }

    fn unanchored(text: &str) -> String {
        of(text, |free| names(&free.unanchored).join(" "))
    }

    #[test]
    fn variables_are_free_unless_the_expression_defines_them() {
        for (text, expected) in [
            ("$a + $b.c[$d = 1]", "a b d"),
            ("$a + $a", "a"),
            ("($a := 1; $a + $b)", "b"),
            ("($a := 1; 2) + $a", "a"),
            ("$a := $a", ""),
            ("function($a, $b){ $a + $c }", "c"),
            ("$f(function($a){ $a }) + $a", "f a"),
            ("($f := function($n){ $g($n) }; $g := function($n){ $n }; $f(1))", ""),
            ("$states.input.a@$x.b#$i[$x = $i].c[$x]", ""),
            ("$states.input.a#$i.{'i': $i, 'j': $j}", "j"),
            ("$states.input ~> |$.a|{'b': $c}|", "c"),
            ("$states.input^($.a > $b)", "b"),
            ("$x ? $y : $z", "x y z"),
        ] {
            assert_eq!(variables(text), expected, "{text}");
        }
    }

    #[test]
    fn names_need_a_value_to_look_in() {
        for (text, expected) in [
            ("phone", "phone"),
            ("phone.number[type = 'x'] & other", "phone other"),
            ("$", "$"),
            ("$.a", "$"),
            ("$x.a.$.b", ""),
            ("$x[a = $.b].c^(d){e: f}", ""),
            ("$x.(a; $y := b; $)", ""),
            ("{'a': b}", "b"),
            ("$x{a: b}", ""),
            ("$map($x, function($v){ $v.a + b })", "b"),
            ("$x.$map(y, function($v){ b })", ""),
            ("$x ~> |a|{'b': c}, d|", ""),
            ("[a, (b; c)]", "a b c"),
            ("'text' & 1", ""),
        ] {
            assert_eq!(unanchored(text), expected, "{text}");
        }
    }

    #[test]
    fn parts_of_states_are_told_apart() {
        use Part::{Field, Whole};
        let parts = |text: &str, expected: &[Part<'_>]| {
            of(text, |free| assert_eq!(names(&free.states), expected, "{text}"));
        };
        parts("$states.input.a + $states.result[0].b + $states.input", &[Field("input"), Field("result")]);
        parts("$states", &[Whole]);
        parts("$states.* & $keys($states)", &[Whole]);
        parts("$map($x, function($v){ $states.context.State.Name })", &[Field("context")]);
        parts("$states.input[a = $states.errorOutput.Error]", &[Field("input"), Field("errorOutput")]);
        of("$x[$$.a]", |free| assert_eq!(free.roots, std::slice::from_ref(&(3..5))));
    }
}
