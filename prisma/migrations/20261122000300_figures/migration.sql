-- What went on in a running box when it was looked at last; of providers that can look inside.
ALTER TABLE "boxes" ADD COLUMN "figures" JSONB, ADD COLUMN "figures_at" TIMESTAMPTZ(3);
ALTER TABLE "boxes" ADD CONSTRAINT "boxes_figures_at" CHECK (("figures" IS NULL) = ("figures_at" IS NULL));
