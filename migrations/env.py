"""Alembic's entry: runs the migrations on the connection that `bot.migrate` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
    include_name=context.config.attributes["include_name"],
    user_module_prefix="bot.core.db.",
)
with context.begin_transaction():
    context.run_migrations()
