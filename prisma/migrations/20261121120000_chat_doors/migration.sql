-- What a chat platform wants to be shown for a private answer (a response URL, an interaction token), encrypted.
ALTER TABLE "deliveries" ADD COLUMN "ticket" BYTEA;

-- The first message of a thread shows the state of its box for as long as the box lives.
ALTER TABLE "messages" ADD COLUMN "box_id" UUID;
CREATE UNIQUE INDEX "messages_light" ON "messages" ("thread_id") WHERE "kind" = 'light';
CREATE INDEX "messages_lights" ON "messages" ("box_id") WHERE "kind" = 'light';
