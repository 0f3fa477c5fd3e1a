package ffmerge.data;

import ffmerge.process.ServerProcess;
import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.duckdb.DuckDBDriver;

/** Asks DuckDB, which runs in a process of its own, {@link TableServer}. */
final class TableProcess {
    /** For a portion of an answer. */
    static final Duration LONGEST_ANSWER = Duration.ofSeconds(60);

    private static final ServerProcess.Kind KIND =
            new ServerProcess.Kind("DuckDB", TableServer.class, List.of(DuckDBDriver.class), List.of());

    /** Some rows of an answer, and whether more follow. */
    private record Portion(List<ParquetFile.Row> rows, boolean more) {}

    private TableProcess() {}

    /**
     * Runs a query.
     *
     * @param request one of the server's that is answered with a portion of rows
     * @param limit for a portion
     */
    static void forEach(byte request, ServerProcess.Question question, Duration limit, Consumer<ParquetFile.Row> row)
            throws ServerProcess.NoAnswer, ServerProcess.Refused {
        ServerProcess server = ServerProcess.take(KIND);
        try {
            Portion portion = server.ask(request, question, TableProcess::portion, limit);
            portion.rows.forEach(row);
            while (portion.more) {
                portion = server.ask(TableServer.MORE, out -> {}, TableProcess::portion, limit);
                portion.rows.forEach(row);
            }
        } finally {
            if (server.isAlive()) {
                server.release();
            }
        }
    }

    private static Portion portion(DataInputStream in) throws IOException {
        int columns = in.readInt();
        List<ParquetFile.Row> rows = new ArrayList<>();
        while (in.readBoolean()) {
            List<Object> cells = new ArrayList<>(columns); // some are null
            for (int column = 0; column < columns; column++) {
                cells.add(cell(in));
            }
            rows.add(new ParquetFile.Row(cells));
        }
        return new Portion(rows, in.readBoolean());
    }

    private static Object cell(DataInputStream in) throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case TableServer.NULL -> null;
            case TableServer.TEXT -> Wire.readText(in);
            case TableServer.NUMBER -> in.readLong();
            case TableServer.BYTES -> Wire.readBytes(in);
            default -> throw new IOException("no kind of cell " + kind);
        };
    }
}
