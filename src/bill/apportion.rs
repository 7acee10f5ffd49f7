//! Dividing an amount by weights so that the parts sum to the whole exactly.

/// Divides `total` by weights: each part is rounded down, and what is left goes, one each, to those that lost most by
/// it (the method of the largest remainder), the earlier first. Without any weight, or with
/// none left that 128 bits can work with, every part is 0.
pub(super) fn apportion(total: u128, weights: &[u64]) -> Vec<u128> {
    let weights = fitting(total, weights);
    let sum: u128 = weights.iter().sum();
    if sum == 0 {
        return weights;
    }
    let mut parts: Vec<u128> = weights.iter().map(|weight| total * weight / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(total * weights[index] % sum));
    let left = total - parts.iter().sum::<u128>();
    // Each part lost less than one, so fewer are left than there are parts.
    for index in order.into_iter().take(left as usize) {
        parts[index] += 1;
    }
    parts
}

/// The weights; without their last bits where they are so large that their products with `total` would not fit.
fn fitting(total: u128, weights: &[u64]) -> Vec<u128> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    let shift = (u128::BITS - sum.leading_zeros()).saturating_sub(total.leading_zeros());
    weights.iter().map(|&weight| u128::from(weight).unbounded_shr(shift)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_lost_most_get_what_is_left() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(100, &[2, 3, 1]), [33, 50, 17]);
        assert_eq!(apportion(7, &[0, 7, 0]), [0, 7, 0]);
        assert_eq!(apportion(7, &[]), [0; 0]);
        assert_eq!(apportion(7, &[0, 0]), [0, 0]);
    }

    #[test]
    fn no_product_is_too_large() {
        let parts = apportion(1 << 98, &[u64::MAX, u64::MAX, 1]);
        assert_eq!(parts, [1 << 97, 1 << 97, 0]);
        assert_eq!(apportion(u128::MAX, &[u64::MAX]), [0], "no bit of the weight is left");
    }
}
