package ffmerge.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBDriver;

/** A Parquet file, read by DuckDB. */
record ParquetFile(Path path) {
    /** Something that is done with each row of an answer. */
    interface Row {
        void accept(ResultSet row) throws SQLException;
    }

    /** A database in memory, for one thread. */
    static Connection open() throws SQLException {
        Properties settings = new Properties();
        settings.put("memory_limit", "256MB");
        settings.put("threads", "2");
        // nothing is fetched: all that is used is built in
        settings.put("autoinstall_known_extensions", "false");
        settings.put("autoload_known_extensions", "false");
        Connection database = new DuckDBDriver().connect("jdbc:duckdb:", settings);
        UnpackedDuckDb.delete();
        return database;
    }

    static String quote(String column) {
        return '"' + column.replace("\"", "\"\"") + '"';
    }

    UserError cannotRead(SQLException e) {
        return new UserError(
                "cannot read " + path + ": "
                        + e.getMessage().lines().findFirst().orElse("no reason is given"),
                e);
    }

    /** @param sql with one question mark, for the file */
    PreparedStatement query(Connection database, String sql) throws SQLException {
        PreparedStatement query = database.prepareStatement(sql);
        // a path stands for itself, whatever pattern it looks like
        query.setString(1, path.toString().replaceAll("[*?\\[]", "[$0]"));
        return query;
    }

    /**
     * Runs a query on the file alone.
     *
     * @throws UserError if the file can't be read
     */
    void forEach(String sql, Row row) {
        try (Connection database = open();
                PreparedStatement query = query(database, sql);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                row.accept(rows);
            }
        } catch (SQLException e) {
            throw cannotRead(e);
        }
    }

    /** What Hugging Face's datasets wrote about the columns, by column; empty where it didn't. */
    JsonNode features(Connection database) throws SQLException {
        String sql = "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = 'huggingface'";
        try (PreparedStatement query = query(database, sql);
                ResultSet rows = query.executeQuery()) {
            String json = rows.next() ? rows.getString(1) : "{}";
            return new ObjectMapper().readTree(json).path("info").path("features");
        } catch (JsonProcessingException e) {
            throw new UserError(path + ": its metadata 'huggingface' is not valid JSON", e);
        }
    }

    /** Types by name, in the file's order. */
    Map<String, String> columns(Connection database) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        try (PreparedStatement query = query(database, "DESCRIBE SELECT * FROM read_parquet(?)");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                columns.put(rows.getString("column_name"), rows.getString("column_type"));
            }
        }
        return columns;
    }

    /** @throws UserError if the file can't be read */
    Map<String, String> columns() {
        try (Connection database = open()) {
            return columns(database);
        } catch (SQLException e) {
            throw cannotRead(e);
        }
    }
}
