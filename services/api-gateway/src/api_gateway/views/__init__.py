"""The read models: one file each, with its document, fold, indexes and queries.

A fold turns one fact into writes that read nothing and may be repeated. Facts about one message come from three topics
in any order, so those writes are `constant` or `maximum` and commute. What rests on `dapi.events` alone may also rely
on that topic's order; a restart only goes back to an earlier position of it."""
