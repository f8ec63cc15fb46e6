-- What is seen of a running box, and when it is to stop.
ALTER TABLE "boxes"
  ADD COLUMN "activity" TEXT NOT NULL DEFAULT 'unknown',
  ADD COLUMN "activity_since" TIMESTAMPTZ(3),
  ADD COLUMN "activity_why" TEXT,
  ADD COLUMN "stop_at" TIMESTAMPTZ(3),
  ADD COLUMN "stop_cause" TEXT,
  ADD COLUMN "warned_at" TIMESTAMPTZ(3),
  ADD COLUMN "extended_until" TIMESTAMPTZ(3),
  ADD COLUMN "slept_at" TIMESTAMPTZ(3),
  ADD COLUMN "wakes" BOOLEAN NOT NULL DEFAULT true,
  ADD COLUMN "keep_told_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "boxes_activity" CHECK ("activity" IN ('active', 'idle', 'unknown')),
  ADD CONSTRAINT "boxes_stop_cause" CHECK ("stop_cause" IN ('idle', 'unknown', 'lifetime') AND ("stop_cause" IS NULL) = ("stop_at" IS NULL));
-- The sweep costs what is due: boxes without a planned stop are not in it.
CREATE INDEX "boxes_stop_at" ON "boxes" ("stop_at") WHERE "stop_at" IS NOT NULL AND "state" = 'running';

-- A destroyed box may come back until it is purged, with the host key that people know.
ALTER TABLE "boxes" DROP CONSTRAINT "boxes_destroyed_keeps_nothing",
  ADD CONSTRAINT "boxes_destroyed_keeps_nothing" CHECK ("state" <> 'destroyed' OR ("reserved_mib" = 0 AND "destroyed_at" IS NOT NULL
    AND ("purged_at" IS NULL OR "host_private_key" IS NULL)));
CREATE INDEX "boxes_kept" ON "boxes" ("purge_after") WHERE "state" = 'destroyed' AND "purged_at" IS NULL;

-- What a person is told outside a thread of theirs, once for each event.
CREATE TABLE "notices" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "box_id" UUID,
    "kind" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "reply" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tried" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "notices_state" CHECK ("state" IN ('waiting', 'sent', 'home', 'off')),
    CONSTRAINT "notices_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "notices_event_key" ON "notices"("event");
CREATE INDEX "notices_waiting" ON "notices" ("due_at") WHERE "state" = 'waiting';
CREATE INDEX "notices_box_id_kind_idx" ON "notices"("box_id", "kind");
ALTER TABLE "messages" ADD COLUMN "notice_id" UUID;
CREATE INDEX "messages_notice" ON "messages" ("notice_id") WHERE "notice_id" IS NOT NULL;

-- Where a person wants to hear of what; without a row, where they can be reached.
CREATE TABLE "notice_choices" (
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "door" TEXT NOT NULL,

    CONSTRAINT "notice_choices_pkey" PRIMARY KEY ("account_id", "kind"),
    CONSTRAINT "notice_choices_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
-- Minutes of the person's day between which only warnings are sent.
ALTER TABLE "accounts" ADD COLUMN "quiet_from" INTEGER, ADD COLUMN "quiet_to" INTEGER,
  ADD COLUMN "time_zone_chosen" BOOLEAN NOT NULL DEFAULT false,
  ADD CONSTRAINT "accounts_quiet" CHECK (("quiet_from" IS NULL) = ("quiet_to" IS NULL));
