-- From Kafka into ClickHouse: what nfacctd.conf writes.  See docs/fleet.md.
CREATE TABLE netstream_queue
(
    peer_ip_src String,
    iface_in UInt32,
    iface_out UInt32,
    ip_src String,
    ip_dst String,
    port_src UInt16,
    port_dst UInt16,
    ip_proto String,
    timestamp_start String,
    timestamp_end String,
    packets UInt64,
    bytes UInt64
)
ENGINE = Kafka
SETTINGS kafka_broker_list = '127.0.0.1:9092', kafka_topic_list = 'netstream',
    kafka_group_name = 'clickhouse', kafka_format = 'JSONEachRow',
    input_format_skip_unknown_fields = 1;

CREATE TABLE netstream
(
    exporter IPv6,
    iface_in UInt32,
    iface_out UInt32,
    source IPv6,
    destination IPv6,
    port_src UInt16,
    port_dst UInt16,
    protocol LowCardinality(String),
    began DateTime,
    ended DateTime,
    packets UInt64,
    bytes UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ended)
ORDER BY (exporter, ended)
TTL ended + INTERVAL 90 DAY;

CREATE MATERIALIZED VIEW netstream_fill TO netstream AS
SELECT
    toIPv6(peer_ip_src) AS exporter,
    iface_in,
    iface_out,
    toIPv6(ip_src) AS source,
    toIPv6(ip_dst) AS destination,
    port_src,
    port_dst,
    ip_proto AS protocol,
    parseDateTimeBestEffort(timestamp_start) AS began,
    parseDateTimeBestEffort(timestamp_end) AS ended,
    packets,
    bytes
FROM netstream_queue;
