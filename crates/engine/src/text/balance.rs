//! Where lines end: of all ways to cut a title into a number of lines, the one whose widest line is narrowest,
//! and among those the least ragged.
//!
//! The narrowest widest line allows the largest letters. Two passes of dynamic programming over the cuts, as in Knuth
//! and Plass ("Breaking paragraphs into lines", 1981) with the sum of squared slack for badness.

use std::ops::Range;

/// A piece that stays on one line, in any unit of width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Its width.
    pub width: f32,
    /// Width of the space after it, when it does not end a line.
    pub space: f32,
    /// Whether a line ends here in any case.
    pub ends_line: bool,
}

/// Cuts pieces into exactly `count` lines; `None` when that can't be done. Returns the pieces of each line.
pub(crate) fn lines(pieces: &[Piece], count: usize) -> Option<Vec<Range<usize>>> {
    let widest = best(pieces, count, f32::max, Some)?.0;
    // A hair of tolerance: sums of floats in another order must not shut out the best cut.
    let limit = widest * 1.0001;
    let slack = |width: f32| (width <= limit).then(|| (limit - width).powi(2));
    best(pieces, count, |a, b| a + b, slack).map(|(_, lines)| lines)
}

/// The cut into `count` lines whose costs, joined by `join`, are least. A line whose cost is `None` is not allowed.
fn best(
    pieces: &[Piece],
    count: usize,
    join: impl Fn(f32, f32) -> f32,
    cost: impl Fn(f32) -> Option<f32>,
) -> Option<(f32, Vec<Range<usize>>)> {
    let n = pieces.len();
    if count == 0 || count > n {
        return None;
    }
    // costs[k][end]: the least cost of the first `end` pieces in k lines, and where the last of them starts.
    let mut costs = vec![vec![None::<(f32, usize)>; n + 1]; count + 1];
    costs[0][0] = Some((0.0, 0));
    for k in 1..=count {
        for end in k..=n {
            // Grow the last line backwards from its end.
            let mut line = 0.0;
            for start in (k - 1..end).rev() {
                let piece = pieces[start];
                if piece.ends_line && start + 1 != end {
                    break;
                }
                line += piece.width + if start + 1 == end { 0.0 } else { piece.space };
                let Some((before, _)) = costs[k - 1][start] else { continue };
                let Some(cost) = cost(line) else { break };
                let total = join(before, cost);
                if costs[k][end].is_none_or(|(least, _)| total < least) {
                    costs[k][end] = Some((total, start));
                }
            }
        }
    }
    let total = costs[count][n]?.0;
    let mut lines = Vec::with_capacity(count);
    let mut end = n;
    for k in (1..=count).rev() {
        let start = costs[k][end]?.1;
        lines.push(start..end);
        end = start;
    }
    lines.reverse();
    Some((total, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(pieces: &[Piece]) -> f32 {
        let spaces: f32 = pieces.iter().take(pieces.len() - 1).map(|piece| piece.space).sum();
        pieces.iter().map(|piece| piece.width).sum::<f32>() + spaces
    }

    fn pieces(widths: &[f32]) -> Vec<Piece> {
        widths.iter().map(|w| Piece { width: *w, space: 1.0, ends_line: false }).collect()
    }

    #[test]
    fn the_widest_line_is_as_narrow_as_can_be() {
        // Greedy filling would give 4+1+4 | 2 | 6.
        let pieces = pieces(&[4.0, 4.0, 2.0, 6.0]);
        assert_eq!(lines(&pieces, 2), Some(vec![0..2, 2..4]));
        assert_eq!(lines(&pieces, 1).unwrap().first(), Some(&(0..4)));
        assert_eq!(lines(&pieces, 5), None);
        assert_eq!(lines(&[], 1), None);
    }

    #[test]
    fn it_is_the_best_of_all_cuts() {
        let pieces = pieces(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]);
        for count in 1..=4 {
            let found = lines(&pieces, count).unwrap();
            let widest =
                |cut: &[Range<usize>]| cut.iter().map(|r| width(&pieces[r.clone()])).fold(0.0, f32::max);
            let mut least = f32::INFINITY;
            for cuts in 0..1u32 << (pieces.len() - 1) {
                if cuts.count_ones() as usize + 1 == count {
                    let mut start = 0;
                    let mut all = Vec::new();
                    for end in 1..=pieces.len() {
                        if end == pieces.len() || cuts >> (end - 1) & 1 == 1 {
                            all.push(start..end);
                            start = end;
                        }
                    }
                    least = least.min(widest(&all));
                }
            }
            assert_eq!(widest(&found), least, "{count}");
            assert_eq!(found.len(), count);
        }
    }

    #[test]
    fn a_wished_for_line_end_is_kept() {
        let mut pieces = pieces(&[1.0, 9.0, 9.0, 1.0]);
        pieces[0].ends_line = true;
        assert_eq!(lines(&pieces, 1), None);
        assert_eq!(lines(&pieces, 2), Some(vec![0..1, 1..4]));
    }
}
