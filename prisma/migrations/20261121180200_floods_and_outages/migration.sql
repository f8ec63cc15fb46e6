-- Providers that do not answer: their jobs wait, and one probe at a time asks whether they do again.
CREATE TABLE "circuits" (
    "provider" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "probe_at" TIMESTAMPTZ(3) NOT NULL,
    "pause_ms" INTEGER NOT NULL,

    CONSTRAINT "circuits_pkey" PRIMARY KEY ("provider")
);

-- What is answered instead of doing what arrived.
ALTER TABLE "deliveries" ADD COLUMN     "refusal" JSONB;

-- Whose job began last: accounts take turns.
CREATE INDEX "jobs_account_id_started_at_idx" ON "jobs"("account_id", "started_at");
