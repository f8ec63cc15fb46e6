-- An account that was joined into another one stays as a row that says where it went.
ALTER TABLE "accounts" ADD COLUMN "merged_into" UUID;
ALTER TABLE "accounts" ADD COLUMN "merged_at" TIMESTAMPTZ(3);
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_merged_into_fkey" FOREIGN KEY ("merged_into") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "accounts"
  ADD CONSTRAINT "accounts_merged" CHECK (("merged_into" IS NULL) = ("merged_at" IS NULL)),
  ADD CONSTRAINT "accounts_merged_elsewhere" CHECK ("merged_into" <> "id"),
  ADD CONSTRAINT "accounts_merged_has_no_rights" CHECK ("merged_into" IS NULL OR NOT "admin");
CREATE INDEX "accounts_merged_from" ON "accounts" ("merged_into") WHERE "merged_into" IS NOT NULL;
