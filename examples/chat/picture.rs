//! What is on a screen, as an SVG.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const FONT: u32 = 14;
/// Hundredths of a pixel that a character is wide.
const WIDE: u32 = 843;
const HIGH: u32 = 17;
const MARGIN: u32 = 12;

/// Draws what is there, each run of one style as a piece of text.
pub(crate) fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let width = pixels(columns).saturating_add(2 * MARGIN);
    let height = rows.saturating_mul(HIGH).saturating_add(2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"{FONT}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#14161b\"/>\n"
    );
    let cells = buffer.content.chunks(usize::from(buffer.area.width).max(1));
    for (row, cells) in (0_u32..).zip(cells) {
        for (column, run) in runs(cells) {
            draw(&mut svg, column, row, run);
        }
    }
    svg + "</svg>\n"
}

/// The runs of one style, with the column where each begins, but for empty ones.
fn runs(cells: &[Cell]) -> impl Iterator<Item = (u32, &[Cell])> {
    let mut column = 0_u32;
    let runs = cells.chunk_by(|one, next| style(one) == style(next)).map(move |run| {
        let at = column;
        column = column.saturating_add(u32::try_from(run.len()).unwrap_or(0));
        (at, run)
    });
    runs.filter(|(_, run)| run.iter().any(|cell| cell.symbol().trim() != ""))
}

fn style(cell: &Cell) -> (Color, bool) {
    (cell.fg, cell.modifier.contains(Modifier::BOLD))
}

fn draw(svg: &mut String, column: u32, row: u32, run: &[Cell]) {
    let (Some(first), Ok(length)) = (run.first(), u32::try_from(run.len())) else { return };
    let (colour, is_bold) = style(first);
    let x = pixels(column).saturating_add(MARGIN);
    let y = row.saturating_mul(HIGH).saturating_add(MARGIN + FONT);
    let weight = if is_bold { " font-weight=\"bold\"" } else { "" };
    let text: String = run.iter().map(Cell::symbol).collect();
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    // writing to a string does not fail
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" textLength=\"{}\" fill=\"{}\"{weight} \
         xml:space=\"preserve\">{text}</text>",
        pixels(length),
        hex(colour),
    )
    .ok();
}

fn pixels(columns: u32) -> u32 {
    columns.saturating_mul(WIDE).div_ceil(100)
}

fn hex(colour: Color) -> &'static str {
    match colour {
        Color::Cyan => "#56c8d8",
        Color::Green => "#7ec76e",
        Color::Yellow => "#e0b95b",
        Color::Magenta => "#c792ea",
        Color::Gray => "#b8bec9",
        Color::DarkGray => "#717988",
        _ => "#e6e9ef",
    }
}
