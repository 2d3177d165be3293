//! Projection expressions from their text: paths with commas between them.

use super::{
    ExpressionKind, Placeholders, Projection, check,
    parser::{Parser, Result, Stage},
    token::TokenKind,
};

/// Parses a projection and checks that its paths keep apart.
///
/// # Errors
///
/// The error the service would name.
pub fn parse_projection(text: &str, placeholders: &mut Placeholders) -> Result<Projection> {
    let mut parser = Parser::new(ExpressionKind::Projection, text, &[], placeholders)?;
    let mut paths = vec![parser.path()?];
    while parser.accept(TokenKind::Comma) {
        paths.push(parser.path()?);
    }
    if let Err(kind) = check::paths(paths.iter()) {
        parser.note(Stage::Paths, kind, 0);
    }
    let paths = parser.finish(paths)?;
    Ok(Projection::new(paths))
}
