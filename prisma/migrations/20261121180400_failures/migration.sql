-- What people were shown as a failure, by the short id that they were shown with it.
CREATE TABLE "failures" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "remedy" TEXT,
    "box_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "failures_pkey" PRIMARY KEY ("id"),
    -- Crockford's base 32: nothing in it is taken for something else when it is read aloud or copied by hand.
    CONSTRAINT "failures_id" CHECK ("id" ~ '^[0-9A-HJKMNP-TV-Z]{8}$'),
    CONSTRAINT "failures_kind" CHECK ("kind" IN ('job', 'command', 'message'))
);
-- One failure has one id, however often it is written down.
CREATE UNIQUE INDEX "failures_subject_key" ON "failures"("subject");
CREATE INDEX "failures_box_id_idx" ON "failures"("box_id");
CREATE INDEX "failures_at_idx" ON "failures"("at");
