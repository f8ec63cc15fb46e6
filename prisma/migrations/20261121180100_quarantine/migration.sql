-- What operators said of instances that no box owns: that they have seen one and it stays, or that it is to go.
ALTER TABLE "orphans" ADD COLUMN "kept_at" TIMESTAMPTZ(3), ADD COLUMN "removal_asked_at" TIMESTAMPTZ(3);
