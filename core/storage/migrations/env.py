"""What Alembic runs for every migration: in our transaction, with our table of versions."""

from alembic import context

from core.storage.schema import METADATA, VERSION_TABLE


def migrate() -> None:
    """Run the migrations on the connection that `core.storage.migrations` put aside."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        version_table=VERSION_TABLE,
        # SQLite does take back a CREATE TABLE; all or nothing is what makes two starts safe.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


# Alembic loads this file under the name "env_py"; whoever else imports it wants nothing to run.
if __name__ == "env_py":
    migrate()
