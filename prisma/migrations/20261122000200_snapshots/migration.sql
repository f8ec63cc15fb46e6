-- Homes as they were at one moment, under names that people chose. What is gone has no row.
CREATE TABLE "snapshots" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "box_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "home_gib" INTEGER NOT NULL,
    "bytes" BIGINT,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "made_at" TIMESTAMPTZ(3),

    CONSTRAINT "snapshots_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "snapshots_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    -- Its origin, which may be destroyed by now.
    CONSTRAINT "snapshots_box_id_fkey" FOREIGN KEY ("box_id") REFERENCES "boxes"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "snapshots_name" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$'),
    CONSTRAINT "snapshots_state" CHECK ("state" IN ('making', 'kept', 'removing')),
    CONSTRAINT "snapshots_kept" CHECK ("state" <> 'kept' OR ("bytes" IS NOT NULL AND "made_at" IS NOT NULL))
);
-- The name of one that is to go is free at once.
CREATE UNIQUE INDEX "snapshots_name_key" ON "snapshots"("account_id", "name") WHERE "state" <> 'removing';
CREATE INDEX "snapshots_box_id_idx" ON "snapshots"("box_id");
-- The snapshot that a box's home was made of, which may be gone by now.
ALTER TABLE "boxes" ADD COLUMN "home_from" UUID;
