-- What nfacctd-postgresql.conf writes.  See docs/fleet.md.
CREATE TABLE flows
(
    peer_ip_src inet NOT NULL,
    iface_in bigint NOT NULL,
    iface_out bigint NOT NULL,
    ip_src inet NOT NULL,
    ip_dst inet NOT NULL,
    port_src integer NOT NULL,
    port_dst integer NOT NULL,
    ip_proto text NOT NULL,
    timestamp_start timestamp NOT NULL,
    timestamp_end timestamp NOT NULL,
    packets bigint NOT NULL,
    bytes bigint NOT NULL
);
CREATE INDEX flows_ended ON flows USING brin (timestamp_end);

-- Names of interfaces, as exporters tell them: again and again, so only the last is kept.
CREATE TABLE interfaces
(
    exporter inet,
    index bigint,
    name text NOT NULL,
    told timestamp NOT NULL,
    PRIMARY KEY (exporter, index)
);

-- What nfacctd inserts; it stays empty.
CREATE TABLE names
(
    peer_ip_src inet NOT NULL,
    iface_in bigint NOT NULL,
    if_scope bigint NOT NULL,
    if_name text NOT NULL,
    packets bigint NOT NULL,
    bytes bigint NOT NULL
);

CREATE FUNCTION keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- records of sampling rates have no name
    IF NEW.if_name <> '' THEN
        INSERT INTO interfaces VALUES (NEW.peer_ip_src, greatest(NEW.iface_in, NEW.if_scope), NEW.if_name, now() AT TIME ZONE 'UTC')
        ON CONFLICT (exporter, index) DO UPDATE SET name = EXCLUDED.name, told = EXCLUDED.told;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_name BEFORE INSERT ON names FOR EACH ROW EXECUTE FUNCTION keep_name();

-- Flows with the names of both interfaces; a number where none was told.
CREATE VIEW named_flows AS
SELECT f.peer_ip_src AS exporter, coalesce(i.name, f.iface_in::text) AS input, coalesce(o.name, f.iface_out::text) AS output,
    ip_src AS source, ip_dst AS destination, port_src, port_dst, ip_proto AS protocol,
    timestamp_start AS began, timestamp_end AS ended, packets, bytes
FROM flows f
LEFT JOIN interfaces i ON i.exporter = f.peer_ip_src AND i.index = f.iface_in
LEFT JOIN interfaces o ON o.exporter = f.peer_ip_src AND o.index = f.iface_out;

CREATE ROLE pmacct LOGIN;
GRANT SELECT, INSERT ON flows TO pmacct;
GRANT INSERT ON names TO pmacct;
GRANT SELECT, INSERT, UPDATE ON interfaces TO pmacct;
