DROP TABLE leases;
DROP TABLE event_stream_queue;
