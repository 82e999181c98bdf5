//! AND, OR and NOT over conditions, without the parts that decide nothing.
//!
//! What holds for every row must be seen to hold for every row: a mass write under such a condition is refused.
//! TRUE and FALSE fold the same way in SQL's logic of three values.

use super::Condition;

impl<'s> Condition<'s> {
    /// All of the parts hold.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            if part.is_never() {
                return Self::never();
            }
            if !part.is_always() {
                kept.push(part);
            }
        }
        match kept.len() {
            1 => kept.swap_remove(0),
            _ => Self::All(kept),
        }
    }

    /// At least one of the parts holds.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            if part.is_always() {
                return Self::always();
            }
            if !part.is_never() {
                kept.push(part);
            }
        }
        match kept.len() {
            1 => kept.swap_remove(0),
            _ => Self::Any(kept),
        }
    }

    /// The condition does not hold.
    pub(super) fn not(self) -> Self {
        if self.is_always() {
            Self::never()
        } else if self.is_never() {
            Self::always()
        } else {
            Self::Not(Box::new(self))
        }
    }

    /// Whether it holds for no row.
    fn is_never(&self) -> bool {
        matches!(self, Self::Any(parts) if parts.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_nothing_is_left_out() {
        let (yes, no) = (Condition::always, Condition::never);
        assert!(Condition::all([yes(), yes()]).is_always());
        assert!(Condition::all([yes(), no()]).is_never());
        assert!(Condition::any([yes(), no()]).is_always());
        assert!(Condition::any([no(), no()]).is_never());
        assert!(yes().not().is_never());
        assert!(no().not().is_always());
        let one = || no().not().not().not();
        assert!(matches!(Condition::all([Condition::Not(Box::new(one())), yes()]), Condition::Not(_)));
        assert!(matches!(Condition::any([Condition::Not(Box::new(one())), no()]), Condition::Not(_)));
    }
}
