//! Two texts, line by line.

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the old one.
    Gone(&'a str),
    /// Only in the new one.
    New(&'a str),
}

/// The shortest way from one text to the other.
pub fn diff<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<_> = old[..head].iter().map(|line| Line::Same(line)).collect();
    middle(&old[head..old.len() - tail], &new[head..new.len() - tail], &mut lines);
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Same(line)));
    lines
}

// The longest common subsequence; documents have hundreds of lines, so the table stays small.
fn middle<'a>(old: &[&'a str], new: &[&'a str], out: &mut Vec<Line<'a>>) {
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push(Line::Gone(old[i]));
            i += 1;
        } else {
            out.push(Line::New(new[j]));
            j += 1;
        }
    }
}

/// The difference for people: changed lines with `-` and `+`, below the section they stand in.
pub fn readable(old: &str, new: &str) -> String {
    let mut out = String::new();
    let (mut section, mut printed) = (None, None);
    for line in diff(old, new) {
        let (mark, text) = match line {
            Line::Same(text) => (' ', text),
            Line::Gone(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        if text.is_empty() {
            continue;
        }
        if mark == ' ' {
            if text.starts_with('[') {
                section = Some(text);
            }
            continue;
        }
        if text.starts_with('[') {
            section = None;
            printed = None;
        } else if section.is_some() && section != printed {
            printed = section;
            out.push_str(&format!("  {}\n", section.unwrap_or_default()));
        }
        out.push_str(&format!("{mark} {text}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_changed_below_its_section() {
        let old = "version = 1\n\n[a]\nx = 1\ny = 2\n\n[b]\nz = 3\n";
        let new = "version = 1\n\n[a]\nx = 1\ny = 5\n\n[c]\nw = 4\n";
        assert_eq!(readable(old, new), "  [a]\n- y = 2\n+ y = 5\n- [b]\n- z = 3\n+ [c]\n+ w = 4\n");
        assert_eq!(readable(old, old), "");
    }
}
