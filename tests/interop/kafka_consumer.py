"""Reads a topic of Kafka with the `kafka-python` package.

    python kafka_consumer.py <broker> <topic>

It shares no code with the producer under test. Questions come as JSON, one per
line, each with one line of answer:

    {"received": true}   all records of the topic, those of a partition in order

An absent topic has no records.
"""

import json
import sys

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

REQUEST_MS = 5_000


def read(broker: str, topic: str) -> list[dict]:
    """Everything from the beginning to the present end."""
    consumer = KafkaConsumer(
        bootstrap_servers=broker,
        allow_auto_create_topics=False,
        enable_auto_commit=False,
        request_timeout_ms=REQUEST_MS,
    )
    try:
        numbers = consumer.partitions_for_topic(topic) or set()
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        records = []
        if partitions:
            ends = consumer.end_offsets(partitions)
            consumer.seek_to_beginning()
            while any(consumer.position(one) < ends[one] for one in partitions):
                for batch in consumer.poll(timeout_ms=REQUEST_MS).values():
                    records.extend(batch)
        return [shown(record) for record in records]
    finally:
        consumer.close()


def shown(record) -> dict:
    """The parts of a record."""
    return {
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key.decode(),
        "headers": [[name, value.decode()] for name, value in record.headers],
        "timestamp": record.timestamp,
        "envelope": json.loads(record.value),
    }


def main() -> None:
    """Answers until the end of the questions."""
    broker, topic = sys.argv[1:]
    for _ in sys.stdin:
        try:
            records = read(broker, topic)
        except KafkaError as error:
            # The broker is still starting: whoever waits asks again.
            print(error, file=sys.stderr, flush=True)
            records = []
        print(json.dumps(records), flush=True)


if __name__ == "__main__":
    main()
