//! What a statement asks for: the five things there are to ask.

use super::{
    ast::{self, Change, Expr, ExprKind},
    condition::Reader,
    error::{At, Error, Place},
    parse, update,
};
use crate::{
    expr::{self, Projection, ast::Condition},
    value::{AttributeValue, Item, Path, Step},
};

type Result<T> = std::result::Result<T, Error>;

/// A statement without its parameters.
#[derive(Clone, Debug)]
pub struct Parsed {
    expr: Expr,
    parameters: usize,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// SELECT
    Select(Select),
    /// INSERT
    Insert(Insert),
    /// UPDATE
    Update(Update),
    /// DELETE
    Delete(Delete),
    /// `EXISTS(SELECT ...)`: a check in a transaction.
    Exists(Select),
}

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name of the table.
    pub table: String,
    /// The name of an index of it.
    pub index: Option<String>,
}

/// SELECT
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// What is read.
    pub from: Target,
    /// What of each item is returned; all of it without.
    pub projection: Option<Projection>,
    /// Which items are returned.
    pub filter: Option<Condition>,
    /// The terms of ORDER BY.
    pub order: Vec<Order>,
}

/// A term of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The attribute, or what stands where one should and where that is.
    pub attribute: std::result::Result<String, (String, Place)>,
    /// Whether the greatest comes first.
    pub down: bool,
}

/// INSERT
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The name of the table.
    pub table: String,
    /// What is put into it.
    pub item: Item,
}

/// UPDATE
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The name of the table.
    pub table: String,
    /// What is done.
    pub update: expr::Update,
    /// To which item, and on what condition.
    pub filter: Option<Condition>,
    /// What is returned of it.
    pub returning: Option<Returning>,
}

/// DELETE
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The name of the table.
    pub table: String,
    /// Which item, and on what condition.
    pub filter: Option<Condition>,
    /// Whether it is returned as it was.
    pub returning: bool,
}

/// What RETURNING asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returning {
    /// Only what changed.
    pub modified: bool,
    /// As it is, or else as it was.
    pub new: bool,
}

impl Parsed {
    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn of(text: &str) -> Result<Self> {
        let (expr, parameters) = parse::parse(text)?;
        Ok(Self { expr, parameters })
    }

    /// Puts the parameters in, of which there may be too many.
    ///
    /// # Errors
    ///
    /// When it asks for what DynamoDB does not do.
    pub fn bind(&self, parameters: &[AttributeValue]) -> Result<Statement> {
        if self.parameters > parameters.len() {
            return Err(Error::ParameterCount);
        }
        let reader = Reader::new(parameters);
        match &self.expr.kind {
            ExprKind::Select(select) => bind_select(reader, select).map(Statement::Select),
            ExprKind::Change(change) => bind_change(reader, change),
            ExprKind::Call(name, arguments) if name == "exists" => match arguments.as_slice() {
                [Expr { kind: ExprKind::Select(select), .. }] => {
                    bind_select(reader, select).map(Statement::Exists)
                }
                _ => Err(Error::Exists),
            },
            _ => Err(match self.expr.name() {
                Some(kind) => Error::Operation(kind),
                None => Error::Exists,
            }),
        }
    }
}

fn bind_select(mut reader: Reader<'_>, select: &ast::Select) -> Result<Select> {
    let (from, _) = target(&select.from)?;
    match select.other {
        Some(ast::Unsupported::Value) => return Err(Error::SelectValue),
        Some(ast::Unsupported::Distinct) => return Err(Error::Distinct),
        Some(ast::Unsupported::Clause(clause, place)) => {
            return Err(Error::Clause { clause, place: At(place) });
        }
        None => {}
    }
    let projection = match &select.list {
        None => None,
        Some(list) => Some(columns(&reader, list)?),
    };
    let filter = select.filter.as_ref().map(|filter| reader.filter(filter)).transpose()?;
    let order = select.order.iter().map(|(term, down)| {
        let attribute = match &term.kind {
            ExprKind::Name(name) => Ok(name.text.clone()),
            ExprKind::Path(..) => Err(("PATH".to_owned(), term.place)),
            ExprKind::Text(text) => Err((format!("\"{text}\""), term.place)),
            ExprKind::Number(text) => Err((text.clone(), term.place)),
            _ => Err((term.name().unwrap_or("Call").to_owned(), term.place)),
        };
        Order { attribute, down: *down }
    });
    let order = order.collect();
    reader.finish()?;
    Ok(Select { from, projection, filter, order })
}

/// A dotted path is returned under its last name (aws-facts 10.6), an element of a list under its
/// list's with its place (inferred: so does DynamoDB Local).
fn columns(reader: &Reader<'_>, list: &[(Expr, bool)]) -> Result<Projection> {
    let mut columns = Vec::with_capacity(list.len());
    for (item, aliased) in list {
        if !matches!(item.kind, ExprKind::Name(_) | ExprKind::Path(..)) {
            return Err(Error::PathComponent(item.place));
        }
        if let ExprKind::Path(_, steps) = &item.kind
            && steps.iter().any(|step| matches!(step, ast::PathStep::Every(_)))
        {
            return Err(Error::Hierarchy);
        }
        let path = reader.path(item)?;
        if *aliased {
            return Err(Error::Alias);
        }
        if columns.iter().any(|(_, known)| *known == path) {
            return Err(Error::SelectedTwice(column(&path)));
        }
        columns.push((column(&path), path));
    }
    Ok(Projection::of_columns(columns))
}

fn column(path: &Path) -> String {
    let names = path.steps.iter().rposition(|step| matches!(step, Step::Name(_)));
    let mut column = match names.and_then(|at| path.steps.get(at)) {
        Some(Step::Name(name)) => name.clone(),
        _ => path.attribute.clone(),
    };
    for step in path.steps.iter().skip(names.map_or(0, |at| at + 1)) {
        if let Step::Index(index) = step {
            column.push_str(&format!("[{index}]"));
        }
    }
    column
}

/// The table or index that is meant, and where its name stands.
fn target(from: &ast::From) -> Result<(Target, Place)> {
    if from.joined {
        return Err(Error::SingleTable);
    }
    let (start, steps) = match &from.source.kind {
        ExprKind::Path(start, steps) => (&**start, steps.as_slice()),
        _ => (&from.source, &[][..]),
    };
    let ExprKind::Name(table) = &start.kind else { return Err(Error::SingleTable) };
    if from.aliased {
        return Err(Error::Alias);
    }
    let index = match steps {
        [] => None,
        [ast::PathStep::Name(index)] => Some(index.clone()),
        [_] => return Err(Error::SingleTable),
        _ => return Err(Error::LongSource),
    };
    if table.text.is_empty() || index.as_deref() == Some("") {
        return Err(Error::EmptyName);
    }
    Ok((Target { table: table.text.clone(), index }, start.place))
}

fn bind_change(mut reader: Reader<'_>, change: &Change) -> Result<Statement> {
    match change {
        Change::Insert { into, value, single } => {
            let (into, place) = target(into)?;
            if into.index.is_some() {
                return Err(Error::InsertIntoIndex(place));
            }
            // INSERT without VALUE is of PartiQL's other dialects; as DynamoDB Local words it.
            if !single {
                return Err(Error::Operation("InsertOp"));
            }
            let item = reader.values.item(value)?;
            Ok(Statement::Insert(Insert { table: into.table, item }))
        }
        Change::Update { from, sets, removes, filter, returning } => {
            let Some(from) = from else { return Err(Error::SingleTable) };
            let (from, _) = target(from)?;
            if from.index.is_some() {
                return Err(Error::ChangeOfIndex);
            }
            let filter = filter.as_ref().map(|filter| reader.filter(filter)).transpose()?;
            let update = update::bind(&reader, sets, removes)?;
            reader.finish()?;
            let update = update.finish()?;
            let returning = returning
                .map(|returned| Returning { modified: returned.modified, new: returned.new });
            Ok(Statement::Update(Update { table: from.table, update, filter, returning }))
        }
        Change::Delete { from, filter, returning } => {
            let (from, _) = target(from)?;
            if from.index.is_some() {
                return Err(Error::ChangeOfIndex);
            }
            let filter = filter.as_ref().map(|filter| reader.filter(filter)).transpose()?;
            reader.finish()?;
            if let Some(returned) = returning
                && (returned.modified || returned.new)
            {
                return Err(Error::Returning(match (returned.modified, returned.new) {
                    (false, _) => "ALL NEW",
                    (true, false) => "MODIFIED OLD",
                    (true, true) => "MODIFIED NEW",
                }));
            }
            let returning = returning.is_some();
            Ok(Statement::Delete(Delete { table: from.table, filter, returning }))
        }
    }
}

impl Statement {
    /// The name of the table that it is about.
    #[must_use]
    pub fn table(&self) -> &str {
        match self {
            Self::Select(select) | Self::Exists(select) => &select.from.table,
            Self::Insert(insert) => &insert.table,
            Self::Update(update) => &update.table,
            Self::Delete(delete) => &delete.table,
        }
    }

    /// Which items it is about, but for INSERT.
    #[must_use]
    pub fn filter(&self) -> Option<&Condition> {
        match self {
            Self::Select(select) | Self::Exists(select) => select.filter.as_ref(),
            Self::Insert(_) => None,
            Self::Update(update) => update.filter.as_ref(),
            Self::Delete(delete) => delete.filter.as_ref(),
        }
    }
}
