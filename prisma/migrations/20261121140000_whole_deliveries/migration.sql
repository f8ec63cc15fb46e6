-- A mail's commands run one after the other and are answered by one message.
ALTER TABLE "deliveries" ADD COLUMN "whole" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "answered_at" TIMESTAMPTZ(3);

-- How many answers that helped nobody went to somebody of late.
CREATE INDEX "messages_transcripts" ON "messages" ("lane", "created_at") WHERE "body" ->> 'kind' = 'transcript';

-- Held: too many of its kind; it counts as answered and is never sent.
ALTER TABLE "messages" DROP CONSTRAINT "messages_state",
  ADD CONSTRAINT "messages_state" CHECK ("state" IN ('pending', 'sent', 'kept', 'shown', 'held'));
