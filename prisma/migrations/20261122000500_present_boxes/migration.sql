-- How many boxes a provider has, and homes of destroyed ones: asked at each spinup where an operator has set a limit.
CREATE INDEX "boxes_present" ON "boxes" ("provider") WHERE "purged_at" IS NULL;
