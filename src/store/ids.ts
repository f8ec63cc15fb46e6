// Keys of rows: UUIDv7, so that newer rows sort behind older ones (RFC 9562).
import { v7 } from 'uuid';

export const newId = (): string => v7();
