//! An expression while what stands behind it can still change it: paths grow, filters and bindings find their step.
//!
//! What the reference implementation does in a second pass over the tree happens here while the tree grows.

use super::ancestry::Ancestry;
use super::ast::{Group, Kind, Label, Node, Path, SortTerm, Stage, Step};
use super::parts::Parts;
use super::{Mistake, mistake};
use crate::builtin::jsonata::Fault;
use std::ops::Range;

/// An expression, with what must be known of it until it has its place.
pub(super) struct Draft {
    /// The expression, as the step it may become. If it is a path, only its `node` counts.
    pub step: Box<Step>,
    /// How it was written.
    pub written: Written,
    /// The `%`s in it that mean something outside it.
    pub seeking: Vec<Label>,
    /// Of a path: those in its last step.
    pub step_seeking: Vec<Label>,
    /// How deep its tree is.
    pub height: usize,
}

/// The ways of writing an expression that decide what may stand behind it, and what `[]` there does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Written {
    /// `name`
    Name,
    /// `name[filter]`
    FilteredName,
    /// `$name`
    Variable,
    /// `expression@$name`, and filters perhaps
    Focus,
    Otherwise,
}

impl Draft {
    /// An expression without parts.
    pub fn leaf(kind: Kind, span: Range<usize>) -> Draft {
        let node = Node { kind, span, predicates: Vec::new(), group: None, keep_array: false };
        Draft {
            step: Box::new(step(node)),
            written: Written::Otherwise,
            seeking: Vec::new(),
            step_seeking: Vec::new(),
            height: 1,
        }
    }

    /// A field: a path of one step.
    pub fn name(name: Box<str>, span: Range<usize>) -> Draft {
        Draft { written: Written::Name, ..Draft::leaf(Kind::Name(name), span).into_path() }
    }

    /// The steps, if it is a path.
    fn path(&mut self) -> Option<&mut Path> {
        if let Kind::Path(path) = &mut self.step.node.kind { Some(path) } else { None }
    }

    /// The last step of a path, or the expression as a step.
    fn last_step(&mut self) -> &mut Step {
        match &mut *self.step {
            Step { node: Node { kind: Kind::Path(path), .. }, .. } => path.steps.last_mut().expect("a path has a step"),
            step => step,
        }
    }

    /// What in it seeks a parent, itself perhaps.
    pub fn seekers(&mut self) -> Vec<Label> {
        let mut seekers = std::mem::take(&mut self.seeking);
        seekers.extend(own_label(&self.step));
        seekers
    }

    /// Whether parentheses behind it define a function.
    pub fn is_function_keyword(&self) -> bool {
        let Kind::Path(path) = &self.step.node.kind else { return false };
        self.written == Written::Name
            && matches!(&path.steps[0].node.kind, Kind::Name(name) if matches!(&**name, "function" | "λ"))
    }

    /// The expression as a path: itself, or a path with it as the only step.
    fn into_path(self) -> Draft {
        if matches!(self.step.node.kind, Kind::Path(_)) {
            return self;
        }
        let span = self.step.node.span.clone();
        let path = Path { steps: vec![*self.step], keep_singleton: false, tuple: false };
        Draft { step_seeking: self.seeking, height: self.height + 1, ..Draft::leaf(Kind::Path(path), span) }
    }

    /// `left.rest`
    pub fn then(self, mut rest: Draft, ancestry: &mut Ancestry) -> Result<Draft, Mistake> {
        let own = own_label(&self.step);
        let is_path = matches!(self.step.node.kind, Kind::Path(_));
        let mut draft = self.into_path();
        draft.written = Written::Otherwise;
        if !is_path {
            draft.seeking.extend(own);
        }
        let path = draft.path().expect("it was made one");
        let before = path.steps.len() - 1;
        let deepest = rest.height + path.steps.len();
        match rest.step.node.kind {
            Kind::Path(more) => {
                path.steps.extend(more.steps);
                draft.step_seeking = rest.step_seeking;
            }
            _ => {
                filters_to_stages(&mut rest.step);
                path.steps.push(*rest.step);
                draft.step_seeking = rest.seeking;
            }
        }
        // Each step of a path is lowered within the one before it.
        draft.height = draft.height.max(deepest + 1);
        draft.settle(before)?;
        draft.resolve(ancestry)?;
        Ok(draft)
    }

    /// Sees to the steps of a path that has grown behind the step `before`. Steps between the first and that one have
    /// been seen to.
    fn settle(&mut self, before: usize) -> Result<(), Mistake> {
        let path = self.path().expect("only paths grow");
        let (first, more) = path.steps.split_first_mut().expect("a path has a step");
        for step in std::iter::once(&mut *first).chain(&mut more[before.max(1) - 1..]) {
            literal_to_name(&mut step.node)?;
            path.keep_singleton |= step.node.keep_array;
        }
        first.whole |= construct(&mut first.node);
        if let Some(last) = more.last_mut() {
            construct(&mut last.node);
        }
        Ok(())
    }

    /// Finds what the `%`s in a path's last step stand for.
    fn resolve(&mut self, ancestry: &mut Ancestry) -> Result<(), Mistake> {
        let mut seekers = std::mem::take(&mut self.step_seeking);
        let path = self.path().expect("only paths grow");
        seekers.extend(path.steps.last().and_then(own_label));
        let open = ancestry.resolve(&mut path.steps, &seekers)?;
        self.seeking.extend(open);
        self.step_seeking = seekers;
        Ok(())
    }

    /// A filter must come before the group of its step.
    pub fn check_filter(&mut self, span: &Range<usize>) -> Result<(), Mistake> {
        let grouped = self.last_step().node.group.is_some();
        if grouped { Err(mistake(Fault::new("S0209"), span.start)) } else { Ok(()) }
    }

    /// `left[predicate]`
    pub fn filter(&mut self, mut predicate: Draft, ancestry: &mut Ancestry) -> Result<(), Mistake> {
        for &label in &predicate.seeking {
            ancestry.seek_through_filter(self.last_step(), label)?;
        }
        // A filter that is a `%` and nothing else finds nothing, as in the reference.
        let seekers = if predicate.seeking.is_empty() { Vec::new() } else { predicate.seekers() };
        let steps = self.path().map_or(0, |path| path.steps.len());
        self.height = self.height.max(predicate.height + 1 + steps);
        match self.path() {
            Some(_) => {
                self.step_seeking.extend(seekers);
                self.last_step().stages.push(Stage::Filter(predicate.step.node));
            }
            None => {
                self.seeking.extend(seekers);
                self.step.node.predicates.push(predicate.step.node);
            }
        }
        self.written = match self.written {
            Written::Name | Written::FilteredName => Written::FilteredName,
            Written::Focus => Written::Focus,
            Written::Variable | Written::Otherwise => Written::Otherwise,
        };
        Ok(())
    }

    /// `left[]`
    pub fn keep_array(&mut self) {
        let written = self.written;
        self.step.node.keep_array = true;
        if matches!(written, Written::Name | Written::FilteredName | Written::Focus) {
            self.last_step().node.keep_array = true;
        }
        if let (Written::Name | Written::FilteredName, Some(path)) = (written, self.path()) {
            path.keep_singleton = true;
        }
    }

    /// There is one group at most.
    pub fn check_group(&self, span: &Range<usize>) -> Result<(), Mistake> {
        let grouped = self.step.node.group.is_some();
        if grouped { Err(mistake(Fault::new("S0210"), span.start)) } else { Ok(()) }
    }

    /// `left{…}`; `height` is that of the deepest key or value.
    pub fn group(&mut self, group: Group, height: usize) {
        self.height = self.height.max(height + 1);
        self.step.node.group = Some(group);
        self.written = Written::Otherwise;
    }

    /// `left^(…)`; `parts` has taken the terms' expressions.
    pub fn sort(
        self,
        terms: Vec<SortTerm>,
        span: Range<usize>,
        parts: Parts,
        ancestry: &mut Ancestry,
    ) -> Result<Draft, Mistake> {
        let mut draft = self.into_path();
        let sort = parts.make(Kind::Sort(terms), span);
        draft.written = Written::Otherwise;
        let path = draft.path().expect("it was made one");
        path.steps.push(*sort.step);
        let deepest = sort.height + path.steps.len();
        draft.height = draft.height.max(deepest);
        draft.step_seeking = sort.seeking;
        draft.resolve(ancestry)?;
        Ok(draft)
    }

    /// `left@$name`
    pub fn focus(&mut self, name: Box<str>, span: Range<usize>) -> Result<(), Mistake> {
        let step = self.last_step();
        if !step.stages.is_empty() || !step.node.predicates.is_empty() {
            return Err(mistake(Fault::new("S0215"), span.start));
        }
        if matches!(step.node.kind, Kind::Sort(_)) {
            return Err(mistake(Fault::new("S0216"), span.start));
        }
        step.focus = Some(name);
        step.tuple = true;
        self.written = Written::Focus;
        Ok(())
    }

    /// `left#$name`
    pub fn index(mut self, name: Box<str>) -> Draft {
        if self.path().is_none() {
            filters_to_stages(&mut self.step);
        }
        let mut draft = self.into_path();
        let step = draft.last_step();
        if step.stages.is_empty() {
            step.index = Some(name);
        } else {
            step.stages.push(Stage::Index(name));
        }
        step.tuple = true;
        draft.written = Written::Otherwise;
        draft
    }
}

fn step(node: Node) -> Step {
    Step { node, whole: false, stages: Vec::new(), focus: None, index: None, ancestor: None, tuple: false }
}

fn own_label(step: &Step) -> Option<Label> {
    if let Kind::Parent(label) = step.node.kind { Some(label) } else { None }
}

fn filters_to_stages(step: &mut Step) {
    step.stages = std::mem::take(&mut step.node.predicates).into_iter().map(Stage::Filter).collect();
}

/// A string as a step is a field; other literals cannot be steps.
fn literal_to_name(node: &mut Node) -> Result<(), Mistake> {
    let value = match &mut node.kind {
        Kind::String(text) => {
            node.kind = Kind::Name(std::mem::take(text));
            return Ok(());
        }
        Kind::Number(number) => number.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Null => "null".to_owned(),
        _ => return Ok(()),
    };
    Err(mistake(Fault::new("S0213").with("value", value), node.span.start))
}

/// Marks an array at the end of a path. Says whether it is one.
fn construct(node: &mut Node) -> bool {
    match &mut node.kind {
        Kind::Array { constructed, .. } => {
            *constructed = true;
            true
        }
        _ => false,
    }
}
