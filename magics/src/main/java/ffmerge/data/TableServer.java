package ffmerge.data;

import ffmerge.process.Server;
import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Properties;
import java.util.Set;
import org.duckdb.DuckDBDriver;

/** The process in which DuckDB reads tables: one query at a time, whose rows are had in portions. */
final class TableServer extends Server {
    /**
     * A file's pattern and SQL with one question mark, for it; the answer is the first portion of rows. A portion is a count
     * of columns, then for each row {@code true} and its cells, {@code false} behind the last, and whether there are more
     * rows. A cell is one of the kinds below and what the kind says.
     */
    static final byte QUERY = 1;
    /** Nothing; the answer is the next portion of the last query's rows. */
    static final byte MORE = 2;
    /**
     * A table's name, its columns as DuckDB's {@code from_json} takes them, its rows as a JSON list of objects, and SQL of
     * the user's that may read this table and nothing else; the answer is the first portion of rows.
     */
    static final byte SEALED_QUERY = 3;

    static final byte NULL = 0;
    /** A string. */
    static final byte TEXT = 1;
    /** A long. */
    static final byte NUMBER = 2;
    /** A count of bytes, the bytes. */
    static final byte BYTES = 3;

    private static final Set<Integer> NUMBERS = Set.of(Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT);

    private static final int PORTION_BYTES = 4 << 20;

    /** Of the last query; null before the first and after a refusal, which may leave a database unusable. */
    private Connection database;
    /** Whether the database holds a table of one query and can't read files. */
    private boolean sealed;

    private PreparedStatement query;
    private ResultSet rows;

    private TableServer() {}

    public static void main(String[] arguments) throws IOException {
        new TableServer().run();
    }

    /** A database in memory, for one thread. */
    static Connection open() throws SQLException {
        return open(new Properties());
    }

    private static Connection open(Properties settings) throws SQLException {
        settings.put("memory_limit", "256MB");
        settings.put("threads", "2");
        // nothing is fetched: all that is used is built in
        settings.put("autoinstall_known_extensions", "false");
        settings.put("autoload_known_extensions", "false");
        Connection opened = new DuckDBDriver().connect("jdbc:duckdb:", settings);
        UnpackedDuckDb.delete();
        return opened;
    }

    @Override
    protected void answer(byte request, DataInputStream in, DataOutputStream out) throws IOException, SQLException {
        try {
            switch (request) {
                case QUERY -> query(Wire.readText(in), Wire.readText(in));
                case SEALED_QUERY ->
                    sealedQuery(Wire.readText(in), Wire.readText(in), Wire.readText(in), Wire.readText(in));
                case MORE -> {}
                default -> throw new IOException("no request " + request);
            }
            writePortion(out);
        } catch (SQLException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** In a database of its own, which is closed to files and settings before the SQL is seen. */
    private void sealedQuery(String table, String columns, String rowsJson, String sql) throws SQLException {
        forget();
        close();
        Properties settings = new Properties();
        settings.put("enable_external_access", "false");
        database = open(settings);
        sealed = true;
        String make = "CREATE TABLE \"" + table + "\" AS SELECT unnest(from_json(?::JSON, '" + columns
                + "'), max_depth := 2)";
        try (PreparedStatement made = database.prepareStatement(make)) {
            made.setString(1, rowsJson);
            made.execute();
        }
        try (Statement lock = database.createStatement()) {
            lock.execute("SET lock_configuration = true");
        }
        query = database.prepareStatement(sql);
        rows = query.executeQuery();
    }

    private void query(String file, String sql) throws SQLException {
        forget();
        if (sealed) {
            close();
        }
        if (database == null) {
            database = open();
        }
        query = database.prepareStatement(sql);
        query.setString(1, file);
        rows = query.executeQuery();
    }

    private void writePortion(DataOutputStream out) throws IOException, SQLException {
        ResultSetMetaData types = rows.getMetaData();
        int columns = types.getColumnCount();
        int before = out.size();
        out.writeInt(columns);
        boolean more = true;
        while (out.size() - before < PORTION_BYTES && (more = rows.next())) {
            out.writeBoolean(true);
            for (int column = 1; column <= columns; column++) {
                writeCell(column, types.getColumnType(column), out);
            }
        }
        out.writeBoolean(false);
        out.writeBoolean(more);
    }

    private void writeCell(int column, int type, DataOutputStream out) throws IOException, SQLException {
        if (rows.getObject(column) == null) {
            out.writeByte(NULL);
        } else if (type == Types.BLOB) {
            out.writeByte(BYTES);
            Wire.writeBytes(rows.getBytes(column), out);
        } else if (NUMBERS.contains(type)) {
            out.writeByte(NUMBER);
            out.writeLong(rows.getLong(column));
        } else {
            out.writeByte(TEXT);
            Wire.writeText(rows.getString(column), out);
        }
    }

    @Override
    protected void forget() {
        try {
            if (query != null) {
                query.close(); // with its rows
            }
            query = null;
        } catch (SQLException e) {
            close();
        }
    }

    private void close() {
        query = null;
        try {
            if (database != null) {
                database.close();
            }
        } catch (SQLException e) {
            // it was broken already
        }
        database = null;
        sealed = false;
    }
}
