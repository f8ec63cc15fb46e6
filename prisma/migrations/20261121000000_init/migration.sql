
-- CreateTable
CREATE TABLE "accounts" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "tier" TEXT NOT NULL DEFAULT 'free',
    "admin" BOOLEAN NOT NULL DEFAULT false,
    "time_zone" TEXT NOT NULL,
    "suspended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identities" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "door" TEXT NOT NULL,
    "tenant" TEXT NOT NULL DEFAULT '',
    "subject" TEXT NOT NULL,
    "display" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "access_keys" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "access_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "boxes" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "size" TEXT NOT NULL,
    "cpus" INTEGER NOT NULL,
    "memory_mib" INTEGER NOT NULL,
    "home_gib" INTEGER NOT NULL,
    "pids" INTEGER NOT NULL,
    "desired" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "state_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "incarnation" INTEGER NOT NULL DEFAULT 1,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_text" TEXT,
    "host_public_key" TEXT NOT NULL,
    "host_private_key" BYTEA,
    "ssh_port" INTEGER,
    "endpoint_host" TEXT,
    "endpoint_port" INTEGER,
    "reserved_mib" INTEGER NOT NULL DEFAULT 0,
    "idle_minutes" INTEGER,
    "home_thread_id" UUID,
    "home_used_bytes" BIGINT,
    "config_wanted" INTEGER NOT NULL DEFAULT 1,
    "config_applied" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "destroyed_at" TIMESTAMPTZ(3),
    "purge_after" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),

    CONSTRAINT "boxes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instances" (
    "id" UUID NOT NULL,
    "box_id" UUID NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "ref" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "instances_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "orphans" (
    "provider" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "looks" INTEGER NOT NULL DEFAULT 1,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "orphans_pkey" PRIMARY KEY ("provider","name")
);

-- CreateTable
CREATE TABLE "usage" (
    "id" UUID NOT NULL,
    "box_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "size" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "usage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "capacity" (
    "provider" TEXT NOT NULL,
    "reserved_mib" BIGINT NOT NULL DEFAULT 0,
    "next_port" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "capacity_pkey" PRIMARY KEY ("provider")
);

-- CreateTable
CREATE TABLE "ports" (
    "provider" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "box_id" UUID NOT NULL,

    CONSTRAINT "ports_pkey" PRIMARY KEY ("provider","port")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" UUID NOT NULL,
    "door" TEXT NOT NULL,
    "tenant" TEXT NOT NULL DEFAULT '',
    "delivery_id" TEXT NOT NULL,
    "thread_id" UUID NOT NULL,
    "speaker" JSONB NOT NULL,
    "text" TEXT NOT NULL,
    "interactive" BOOLEAN NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "commands" (
    "id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "account_id" UUID,
    "verb" TEXT NOT NULL,
    "thread_id" UUID NOT NULL,
    "box_id" UUID,
    "job_id" UUID,
    "visibility" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "commands_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "queue" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "box_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "max_tries" INTEGER NOT NULL,
    "losses" INTEGER NOT NULL DEFAULT 0,
    "run_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "holder" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_text" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "steps" (
    "job_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "took_ms" INTEGER,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "steps_pkey" PRIMARY KEY ("job_id","name")
);

-- CreateTable
CREATE TABLE "threads" (
    "id" UUID NOT NULL,
    "door" TEXT NOT NULL,
    "tenant" TEXT NOT NULL DEFAULT '',
    "key" TEXT NOT NULL,
    "address" JSONB NOT NULL,
    "lane" TEXT NOT NULL,
    "box_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "threads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replies" (
    "id" UUID NOT NULL,
    "command_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "replies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "messages" (
    "id" UUID NOT NULL,
    "thread_id" UUID NOT NULL,
    "door" TEXT NOT NULL,
    "lane" TEXT NOT NULL,
    "command_id" UUID,
    "account_id" UUID,
    "job_id" UUID,
    "kind" TEXT NOT NULL,
    "visibility" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "wanted" INTEGER NOT NULL DEFAULT 1,
    "sent" INTEGER NOT NULL DEFAULT 0,
    "trying" INTEGER NOT NULL DEFAULT 0,
    "platform_id" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "messages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "confirmations" (
    "id" UUID NOT NULL,
    "account_id" UUID,
    "action" TEXT NOT NULL,
    "target" JSONB NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "tries_left" INTEGER NOT NULL DEFAULT 5,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "confirmations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "epoch" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "settings" (
    "key" TEXT NOT NULL,
    "value" TEXT,
    "secret" BYTEA,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" JSONB NOT NULL,
    "number" BIGINT,
    "hash" BYTEA,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "identities_account_id_idx" ON "identities"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "identities_door_tenant_subject_key" ON "identities"("door", "tenant", "subject");

-- CreateIndex
CREATE INDEX "access_keys_fingerprint_idx" ON "access_keys"("fingerprint");

-- CreateIndex
CREATE UNIQUE INDEX "access_keys_account_id_fingerprint_key" ON "access_keys"("account_id", "fingerprint");

-- CreateIndex
CREATE UNIQUE INDEX "instances_name_key" ON "instances"("name");

-- CreateIndex
CREATE UNIQUE INDEX "instances_box_id_incarnation_key" ON "instances"("box_id", "incarnation");

-- CreateIndex
CREATE INDEX "usage_account_id_started_at_idx" ON "usage"("account_id", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_door_tenant_delivery_id_key" ON "deliveries"("door", "tenant", "delivery_id");

-- CreateIndex
CREATE INDEX "commands_job_id_idx" ON "commands"("job_id");

-- CreateIndex
CREATE INDEX "commands_account_id_created_at_idx" ON "commands"("account_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "commands_delivery_id_ordinal_key" ON "commands"("delivery_id", "ordinal");

-- CreateIndex
CREATE INDEX "jobs_box_id_created_at_idx" ON "jobs"("box_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "threads_door_tenant_key_key" ON "threads"("door", "tenant", "key");

-- CreateIndex
CREATE INDEX "replies_command_id_idx" ON "replies"("command_id");

-- CreateIndex
CREATE UNIQUE INDEX "confirmations_code_hash_key" ON "confirmations"("code_hash");

-- CreateIndex
CREATE INDEX "confirmations_account_id_idx" ON "confirmations"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_number_key" ON "audit"("number");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- AddForeignKey
ALTER TABLE "identities" ADD CONSTRAINT "identities_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "boxes" ADD CONSTRAINT "boxes_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instances" ADD CONSTRAINT "instances_box_id_fkey" FOREIGN KEY ("box_id") REFERENCES "boxes"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "steps" ADD CONSTRAINT "steps_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema language cannot say: partial unique indexes and checks.

ALTER TABLE "accounts" ADD CONSTRAINT "accounts_tier" CHECK ("tier" IN ('free', 'pro', 'unlimited'));

ALTER TABLE "boxes"
  ADD CONSTRAINT "boxes_name" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$'),
  ADD CONSTRAINT "boxes_desired" CHECK ("desired" IN ('running', 'stopped', 'destroyed')),
  ADD CONSTRAINT "boxes_state" CHECK ("state" IN ('requested', 'provisioning', 'starting', 'running', 'stopping', 'stopped', 'error', 'destroying', 'destroyed')),
  ADD CONSTRAINT "boxes_destroyed_keeps_nothing" CHECK ("state" <> 'destroyed' OR ("host_private_key" IS NULL AND "reserved_mib" = 0 AND "destroyed_at" IS NOT NULL)),
  ADD CONSTRAINT "boxes_reserved" CHECK ("reserved_mib" >= 0);
CREATE UNIQUE INDEX "boxes_live_name" ON "boxes" ("account_id", "name") WHERE "state" <> 'destroyed';
-- What the reconciler has to look at; settled boxes are not in it, so a round costs what is unsettled, not what exists.
CREATE INDEX "boxes_unsettled" ON "boxes" ("state_since")
  WHERE ("state" <> 'destroyed' AND "state" <> "desired") OR ("state" = 'destroyed' AND "purge_after" IS NOT NULL AND "purged_at" IS NULL);
CREATE INDEX "boxes_running" ON "boxes" ("provider", "id") WHERE "state" = 'running';

CREATE INDEX "instances_live" ON "instances" ("box_id") WHERE "gone_at" IS NULL;
CREATE INDEX "boxes_unconfigured" ON "boxes" ("id") WHERE "state" = 'running' AND "config_applied" < "config_wanted";
CREATE UNIQUE INDEX "usage_open" ON "usage" ("box_id") WHERE "ended_at" IS NULL;
ALTER TABLE "usage" ADD CONSTRAINT "usage_order" CHECK ("ended_at" IS NULL OR "ended_at" >= "started_at");
ALTER TABLE "capacity" ADD CONSTRAINT "capacity_reserved" CHECK ("reserved_mib" >= 0);

CREATE INDEX "deliveries_waiting" ON "deliveries" ("received_at") WHERE "processed_at" IS NULL;
CREATE INDEX "commands_waiting" ON "commands" ("job_id") WHERE "finished_at" IS NULL;

ALTER TABLE "jobs"
  ADD CONSTRAINT "jobs_state" CHECK ("state" IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'dead', 'cancelled')),
  ADD CONSTRAINT "jobs_lease" CHECK (("state" IN ('running', 'cancelling')) = ("lease_until" IS NOT NULL));
-- At most one live job a box; a job that is being cancelled gives its place to the destroy that cancels it.
CREATE UNIQUE INDEX "jobs_live" ON "jobs" ("box_id") WHERE "state" IN ('queued', 'running');
CREATE INDEX "jobs_due" ON "jobs" ("queue", "run_at") WHERE "state" = 'queued';
CREATE INDEX "jobs_leased" ON "jobs" ("lease_until") WHERE "state" IN ('running', 'cancelling');
CREATE INDEX "jobs_dead" ON "jobs" ("finished_at") WHERE "state" = 'dead';

ALTER TABLE "steps" ADD CONSTRAINT "steps_state" CHECK ("state" IN ('working', 'done', 'failed'));
ALTER TABLE "replies" ADD CONSTRAINT "replies_kind" CHECK ("kind" IN ('progress', 'final', 'notice'));
CREATE UNIQUE INDEX "replies_final" ON "replies" ("command_id") WHERE "kind" = 'final';
CREATE INDEX "threads_box" ON "threads" ("box_id") WHERE "box_id" IS NOT NULL;

ALTER TABLE "messages"
  ADD CONSTRAINT "messages_state" CHECK ("state" IN ('pending', 'sent', 'kept', 'shown')),
  ADD CONSTRAINT "messages_revisions" CHECK ("sent" <= "wanted" AND "trying" <= "wanted");
CREATE INDEX "messages_pending" ON "messages" ("lane", "id") WHERE "state" = 'pending';
CREATE INDEX "messages_kept" ON "messages" ("account_id", "id") WHERE "state" = 'kept';
CREATE INDEX "messages_progress" ON "messages" ("job_id") WHERE "kind" = 'progress';
CREATE UNIQUE INDEX "messages_final" ON "messages" ("command_id") WHERE "kind" = 'final';

CREATE INDEX "audit_unsealed" ON "audit" ("id") WHERE "number" IS NULL;
