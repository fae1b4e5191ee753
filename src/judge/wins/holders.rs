//! One winner a sample: the participants come by age, and a challenger takes the sample from its holder if its loss is
//! below the holder's boosted one. NaN of the earliest is never beaten.

use super::{Contestant, SampleTotals, WinTable};

/// Who wins each sample: of each sample 1 for its winner and 0 for the others, then one match for all.
pub(super) fn sample_totals(contestants: &[Contestant<'_>]) -> SampleTotals {
    let size = contestants.len();
    let samples = contestants.iter().map(|contestant| contestant.losses().len()).max().unwrap_or(0);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by_key(|&place| contestants[place].age());
    let mut counts = vec![0; 2 * size * samples];
    for (sample, row) in counts.chunks_mut((2 * size).max(1)).enumerate() {
        let mut coming = order.iter().copied().filter(|&place| sample < contestants[place].losses().len());
        let mut holder = coming.next();
        for challenger in coming {
            let takes = |held: usize| {
                contestants[challenger].losses()[sample] < contestants[held].boosted(contestants[held].losses()[sample])
            };
            holder = holder.map(|held| if takes(held) { challenger } else { held });
        }
        holder.into_iter().for_each(|held| row[held] = 1);
        row[size..].fill(1);
    }
    SampleTotals::of(size, counts)
}

/// Of each ordered pair, on how many samples a's boosted loss is below b's; both are boosted, whoever is earlier.
pub(super) fn comparisons(contestants: &[Contestant<'_>]) -> WinTable {
    let size = contestants.len();
    let mut table = WinTable { size, wins: vec![0; size * size], matches: vec![0; size * size] };
    for (a, one) in contestants.iter().enumerate() {
        for (b, other) in contestants.iter().enumerate().filter(|(b, _)| *b != a) {
            let both = || one.losses().iter().zip(other.losses());
            table.wins[a * size + b] = both().filter(|(loss, rival)| one.boosted(**loss) < **rival).count() as u64;
            table.matches[a * size + b] = both().count() as u64;
        }
    }
    table
}
