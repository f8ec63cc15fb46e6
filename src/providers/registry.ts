// The providers there are, by name; the only place that knows them all.
