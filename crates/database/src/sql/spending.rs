//! What tries took, added up by day as they end: it stays when they go with their generations.

use domain::attempt::AttemptCost;
use domain::ports::database::Spending;
use domain::time::Timestamp;

use super::failure::Outcome;
use super::row::{Row, all, integer, millis, name};
use super::statement::{Tx, either, query};

/// Adds to what there is of the day, in the transaction that ends the try. PostgreSQL does it in the statement that ends the try.
pub(super) async fn add(tx: &mut Tx, spent: &Spending) -> Outcome<()> {
    either(
        "INSERT INTO spending (day, style, provider, model, outcome,
             attempts, generations, fallbacks, images, tokens_in, tokens_out, micro_dollars)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (day, style, provider, model, outcome) DO UPDATE SET
             attempts = spending.attempts + excluded.attempts,
             generations = spending.generations + excluded.generations,
             fallbacks = spending.fallbacks + excluded.fallbacks,
             images = spending.images + excluded.images,
             tokens_in = spending.tokens_in + excluded.tokens_in,
             tokens_out = spending.tokens_out + excluded.tokens_out,
             micro_dollars = spending.micro_dollars + excluded.micro_dollars",
        "",
    )
    .bind(millis(spent.day))
    .bind(spent.style.as_str())
    .bind(&spent.provider)
    .bind(&spent.model)
    .bind(name(&spent.outcome)?)
    .bind(integer(spent.attempts))
    .bind(integer(spent.generations))
    .bind(integer(spent.fallbacks))
    .bind(integer(spent.images))
    .bind(integer(spent.cost.tokens_in))
    .bind(integer(spent.cost.tokens_out))
    .bind(integer(spent.cost.micro_dollars))
    .execute(tx)
    .await?;
    Ok(())
}

/// What was spent on the days that begin in a span.
pub(super) async fn list(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<Spending>> {
    let rows = query(
        "SELECT * FROM spending WHERE day >= $1 AND day < $2 ORDER BY day, style, provider, model, outcome",
    )
    .bind(millis(from))
    .bind(millis(until));
    all(rows.fetch_all(tx).await?, |row| {
        Ok(Spending {
            day: row.time("day")?,
            style: row.style("style")?,
            provider: row.text("provider")?,
            model: row.text("model")?,
            outcome: row.named("outcome")?,
            attempts: row.number("attempts")?,
            generations: row.number("generations")?,
            fallbacks: row.number("fallbacks")?,
            images: row.number("images")?,
            cost: read_cost(row)?,
        })
    })
}

/// What something took, from columns of the usual names.
pub(super) fn read_cost(row: &Row) -> Outcome<AttemptCost> {
    Ok(AttemptCost {
        tokens_in: row.number("tokens_in")?,
        tokens_out: row.number("tokens_out")?,
        micro_dollars: row.number("micro_dollars")?,
    })
}
