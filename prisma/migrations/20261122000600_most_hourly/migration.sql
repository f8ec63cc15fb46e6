-- The price of a machine that somebody confirmed, for an hour: nothing dearer is bought for the box.
ALTER TABLE "boxes" ADD COLUMN "most_hourly" DOUBLE PRECISION CHECK ("most_hourly" >= 0);
