//! An expression by itself as a program: one state, whose output is the expression's value.

use super::{Bindings, Expressions};
use crate::asl::MachineType;
use crate::asl::graph::{Filter, Graph, Kind, Placement, QueryLanguage, Scope, ScopeId, State, StateId};
use crate::compile::Options;
use crate::compile::document::Document;
use crate::compile::facts::Facts;
use crate::compile::lower::{Lowering, Order, PASSES_MAX, Purpose};
use crate::compile::variables::Variables;
use crate::diagnostic::{Diagnostics, Site};
use crate::json::tree;
use crate::program::{self, Expected, Program, Wanted};
use crate::query::jsonata::{self, Mistake, ast};
use crate::usage::Limits;

/// How deep an expression by itself may nest, and the largest value it may make: more than Step Functions allows.
const DEPTH_MAX: u32 = 20_000;
const VALUE_BYTES_MAX: u32 = 128 * 1024 * 1024;

/// What an expression by itself is evaluated with.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Whether there is an input; without one, `$` and `$$` are nothing.
    pub input: bool,
    /// What variables stand for; names without `$`.
    pub variables: Vec<(String, tree::Node)>,
}

impl Given {
    /// An input, and no variables.
    pub fn input() -> Given {
        Given { input: true, variables: Vec::new() }
    }
}

/// Compiles an expression by itself. The program gives an empty text where the expression gives nothing, and fails with
/// the code of a fault as its error, its text as the cause.
///
/// # Errors
/// The text is no expression.
pub fn expression(text: &str, given: &Given) -> Result<Program, Mistake> {
    let node = jsonata::parse(text)?;
    let graph = graph();
    let options = Options { machine_type: MachineType::Standard, ..Options::default() };
    let (variables, expressions, order) = (Variables::of(&graph), Expressions::default(), Order::of(&graph));
    let mut facts = Facts::default();
    let mut program = None;
    for _ in 0..PASSES_MAX {
        facts.learned = false;
        let mut found = Diagnostics::default();
        let around = (&variables, &expressions);
        let lowering = Lowering::new(&graph, &options, Purpose::Run, around, &order, &mut facts, &mut found);
        program = lowering.program_of(|lowering, entry| lowering.lower_alone(&node, given, entry));
        if let Some(mistake) = found.list.first() {
            let fault = crate::builtin::jsonata::Fault::saying("S0500", mistake.message.clone());
            return Err(Mistake { fault, offset: 0, help: None });
        }
        if !facts.learned {
            break;
        }
    }
    let mut program = program.expect("one state needs few passes");
    program.limits = Limits {
        payload_bytes: usize::MAX,
        duration_ms: u64::MAX,
        expression_depth: DEPTH_MAX,
        expression_bytes: VALUE_BYTES_MAX,
        ..program.limits
    };
    program::verify(&program).expect("the compiler makes programs that hold together");
    Ok(program)
}

impl Lowering<'_> {
    fn lower_alone(&mut self, node: &ast::Node, given: &Given, entry: &Document) {
        let variables = given.variables.iter().map(|(name, value)| (name.clone(), Document::constant(value.clone())));
        let bindings = Bindings {
            alone: true,
            top: given.input.then(|| entry.clone()),
            given: variables.collect(),
            ..Bindings::entering(entry)
        };
        self.charge_exit();
        let (field, text) = ("".into(), "".into());
        let wanted = Wanted { field, text, expected: Expected::Anything, entering: false };
        let wanted = self.builder.wanted(wanted);
        let value = self.jsonata(node, wanted, &bindings);
        self.succeed(&value);
    }
}

/// A machine of one Pass state.
fn graph() -> Graph {
    let state = State {
        name: "Expression".into(),
        scope: ScopeId(0),
        site: Site::default(),
        language: QueryLanguage::Jsonata,
        kind: Kind::Pass { result: None },
        input_path: Filter::Whole,
        output_path: Filter::Whole,
        result_path: Placement::Replace,
        parameters: None,
        result_selector: None,
        output: None,
        assign: None,
        retriers: Vec::new(),
        catchers: Vec::new(),
        next: None,
    };
    Graph { states: vec![state], scopes: vec![Scope { start: StateId(0), parent: None }], ..Graph::default() }
}
