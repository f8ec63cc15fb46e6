-- Where a box lies and what it is made of, of providers that let people choose.
ALTER TABLE "boxes" ADD COLUMN "region" TEXT, ADD COLUMN "image" TEXT;
