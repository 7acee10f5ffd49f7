//! The values that many states share: paths, numbers and texts that may be computed, templates, assignments.

use super::graph::{Amount, Expression, Filter, Placement, QueryLanguage, Template, Text};
use super::parse::Reader;
use super::value::{Bounds, Field, Fields};
use super::{ast, template};
use crate::diagnostic::{NO_PATH, Site, Span};

impl<'a> Reader<'_, 'a> {
    /// `InputPath` and its like.
    pub fn filter(&mut self, fields: &Fields<'a>, name: &str) -> Filter {
        let Some(field) = fields.get(name) else { return Filter::Whole };
        if field.is_null() {
            return Filter::Nothing;
        }
        match self.path(&field) {
            Some(path) if path.text == "$" => Filter::Whole,
            Some(path) => Filter::Path(path),
            None => Filter::Whole,
        }
    }

    /// `ResultPath`: only places in the input itself, neither variables nor the context.
    pub fn placement(&mut self, fields: &Fields<'a>) -> Placement {
        let Some(field) = fields.get("ResultPath") else { return Placement::Replace };
        if field.is_null() {
            return Placement::Discard;
        }
        match self.reference(&field) {
            Some(path) if path.text == "$" => Placement::Replace,
            Some(path) => Placement::At(path),
            None => Placement::Replace,
        }
    }

    fn reference(&mut self, field: &Field<'a>) -> Option<Expression> {
        let path = self.path(field)?;
        let rest = path.text.strip_prefix('$').unwrap_or_default();
        if rest.is_empty() || rest.starts_with(['.', '[']) {
            return Some(path);
        }
        self.diagnostics.error(&field.site(), "Value is not a Reference Path").help =
            Some("it must begin with \"$.\" or \"$[\"".to_owned());
        None
    }

    /// A path into the input, the context object or a variable.
    pub fn path(&mut self, field: &Field<'a>) -> Option<Expression> {
        let text = field.text(self.diagnostics)?;
        if text.starts_with('$') && !text.starts_with("${") {
            return Some(self.expression(field, text));
        }
        if !ast::is_placeholder(field.node) {
            let found = self.diagnostics.error(&field.site(), "Value is not a valid JSONPath");
            found.help = Some("a path begins with \"$\"".to_owned());
        }
        None
    }

    /// A path, or an intrinsic function that gives a string.
    fn path_or_call(&mut self, field: &Field<'a>) -> Option<Expression> {
        match field.node.as_str() {
            Some(text) if text.starts_with("States.") => Some(self.expression(field, text)),
            _ => self.path(field),
        }
    }

    /// An expression that is the whole text of a field.
    pub fn expression(&self, field: &Field<'a>, text: &str) -> Expression {
        Expression {
            text: text.to_owned(),
            site: Site { span: self.inside(field.node.span), location: field.location.spelled() },
        }
    }

    /// The field, if it is one JSONata expression.
    fn computed(&self, field: &Field<'a>) -> Option<Template> {
        let is_computed = self.written.language == QueryLanguage::Jsonata && template::is_expression(field.node);
        is_computed.then(|| Template { node: field.node.clone(), site: field.site() })
    }

    /// A string's span without its quotes; YAML strings may have none.
    fn inside(&self, span: Span) -> Span {
        match self.text.as_bytes().get(span.start as usize) {
            Some(b'"' | b'\'') if span.end > span.start + 1 => Span { start: span.start + 1, end: span.end - 1 },
            _ => span,
        }
    }

    /// A number under its name, or a path to one under its name and `Path`.
    pub fn amount(&mut self, fields: &Fields<'a>, names: [&str; 2], bounds: Bounds) -> Option<Amount> {
        let field = fields.at_most_one_of(&names, self.diagnostics)?;
        self.amount_of(&field, bounds)
    }

    pub fn amount_of(&mut self, field: &Field<'a>, bounds: Bounds) -> Option<Amount> {
        if field.name.ends_with("Path") {
            return self.path(field).map(Amount::Path);
        }
        if let Some(expression) = self.computed(field) {
            return Some(Amount::Computed(expression));
        }
        field.number(bounds, self.diagnostics).map(Amount::Fixed)
    }

    pub fn fixed_text(&mut self, fields: &Fields<'a>, name: &str) -> Option<Text> {
        let field = fields.at_most_one_of(&[name, &format!("{name}Path")], self.diagnostics)?;
        self.text_of(&field)
    }

    pub fn text_of(&mut self, field: &Field<'a>) -> Option<Text> {
        if field.name.ends_with("Path") {
            return self.path_or_call(field).map(Text::Path);
        }
        let text = field.text(self.diagnostics)?;
        if self.written.language == QueryLanguage::Jsonata {
            template::check(field, QueryLanguage::Jsonata, self.diagnostics);
            return self.computed(field).map(Text::Computed).or(Some(Text::Fixed(text.to_owned())));
        }
        if template::looks_like_path(text) {
            let message = format!("this looks like a path but is taken as it is; \"{}Path\" takes a path", field.name);
            field.warn(NO_PATH, message, self.diagnostics);
        }
        Some(Text::Fixed(text.to_owned()))
    }

    /// A JSON value with expressions inside.
    pub fn template(&mut self, fields: &Fields<'a>, name: &str) -> Option<Template> {
        let field = fields.get(name)?;
        template::check(&field, self.written.language, self.diagnostics);
        Some(Template { node: field.node.clone(), site: field.site() })
    }

    /// The same, where only an object makes sense.
    pub fn object_template(&mut self, fields: &Fields<'a>, name: &str) -> Option<Template> {
        fields.get(name)?.object(self.diagnostics)?;
        self.template(fields, name)
    }

    /// `Assign` of a state, a rule or a catcher.
    pub fn assign(&mut self, fields: &Fields<'a>) -> Option<Template> {
        let variables = fields.get("Assign")?.object(self.diagnostics)?;
        for variable in variables.iter() {
            let name = match self.written.language {
                QueryLanguage::JsonPath => variable.name.strip_suffix(".$").unwrap_or(variable.name),
                QueryLanguage::Jsonata => variable.name,
            };
            let site = Site { span: variable.name_span, location: variables.site().location };
            template::check_variable(name, &site, self.diagnostics);
            self.assigned.push((name.to_owned(), site));
        }
        self.template(fields, "Assign")
    }
}
