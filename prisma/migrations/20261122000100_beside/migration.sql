-- Jobs that change nothing of what a box is, such as a command run in it: any number of them live beside the one that does.
ALTER TABLE "jobs" ADD COLUMN "beside" BOOLEAN NOT NULL DEFAULT false;
DROP INDEX "jobs_live";
CREATE UNIQUE INDEX "jobs_live" ON "jobs" ("box_id") WHERE "state" IN ('queued', 'running') AND NOT "beside";
