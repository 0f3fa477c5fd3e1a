package ffmerge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Square matrices in NumPy's file format. ND4J can write it too, but its reader takes a matrix that NumPy stored by
 * columns for its transpose, reads past the end of a file that was cut off, and ends the JVM on big-endian numbers.
 */
public final class Npy {
    private static final String MAGIC = "\u0093NUMPY";
    /** Magic, version, the header's length. */
    private static final int SHORTEST = MAGIC.length() + 2 + Integer.BYTES;

    private static final Pattern DTYPE = Pattern.compile("'descr':\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([^)]*)\\)");

    private Npy() {}

    /** @throws UserError if the file can't be written */
    public static void write(Path file, double[][] values) {
        int size = values.length;
        ByteBuffer bytes = start("<f8", size, (long) size * size * Double.BYTES);
        for (double[] row : values) {
            bytes.asDoubleBuffer().put(row);
            bytes.position(bytes.position() + size * Double.BYTES);
        }
        WholeFile.write(file, bytes.array());
    }

    /**
     * @param values row-major
     * @throws UserError if the file can't be written
     */
    public static void write(Path file, int size, float[] values) {
        ByteBuffer bytes = start("<f4", size, (long) size * size * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        WholeFile.write(file, bytes.array());
    }

    /** A buffer with the header, as long as the file will be. */
    private static ByteBuffer start(String dtype, int size, long dataBytes) {
        String header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (" + size + ", " + size + "), }";
        int before = MAGIC.length() + 2 + Short.BYTES;
        int padding = 63 - (before + header.length()) % 64; // the data begins at a multiple of 64
        String padded = header + " ".repeat(padding) + "\n";
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(before + padded.length() + dataBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        return bytes.put(MAGIC.getBytes(StandardCharsets.ISO_8859_1))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) padded.length())
                .put(padded.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * Reads a square matrix of float32 or float64, stored by rows or by columns.
     *
     * @return the values row by row
     * @throws UserError if the file can't be read or holds anything else
     */
    public static double[][] readSquare(Path file) {
        FileKind.requireReadable(file);
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            if (!Files.exists(file)) {
                throw new UserError("cannot read " + file + ": there is no such file", e);
            }
            throw UserError.cannot("read " + file, e);
        }
        String header = header(file, bytes);
        String dtype = field(DTYPE, header, file);
        String[] shape = field(SHAPE, header, file).split(",\\s*");
        if (shape.length != 2 || !shape[0].equals(shape[1])) {
            throw new UserError(
                    file + " holds an array of shape (" + String.join(", ", shape) + "); a square matrix is needed");
        }
        if (!dtype.equals("<f8") && !dtype.equals("<f4")) {
            throw new UserError(file + " holds numbers of type '" + dtype + "'; float32 or float64 is needed");
        }
        int size = Integer.parseInt(shape[0]);
        long needed = (long) size * size * (dtype.equals("<f8") ? Double.BYTES : Float.BYTES);
        if (bytes.remaining() < needed) {
            throw new UserError(file + " is cut off: " + needed + " bytes of values are needed, " + bytes.remaining()
                    + " are there");
        }
        double[][] stored =
                dtype.equals("<f8") ? rows(bytes.asDoubleBuffer(), size) : rows(bytes.asFloatBuffer(), size);
        return field(ORDER, header, file).equals("True") ? transposed(stored) : stored;
    }

    /** The header's text; the buffer is left where the values begin. */
    private static String header(Path file, ByteBuffer bytes) {
        String begin =
                new String(bytes.array(), 0, Math.min(MAGIC.length(), bytes.limit()), StandardCharsets.ISO_8859_1);
        if (!begin.equals(MAGIC) || bytes.limit() < SHORTEST) {
            throw new UserError(file + " is no .npy file");
        }
        bytes.position(MAGIC.length());
        int version = bytes.get();
        bytes.get();
        long length = version == 1 ? Short.toUnsignedInt(bytes.getShort()) : Integer.toUnsignedLong(bytes.getInt());
        if (length > bytes.remaining()) {
            throw new UserError(file + " is cut off");
        }
        byte[] header = new byte[(int) length];
        bytes.get(header);
        return new String(header, StandardCharsets.ISO_8859_1);
    }

    private static String field(Pattern pattern, String header, Path file) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new UserError(file + " is no .npy file: its header is " + header.strip());
        }
        return matcher.group(1).strip();
    }

    private static double[][] rows(DoubleBuffer values, int size) {
        double[][] rows = new double[size][size];
        for (double[] row : rows) {
            values.get(row);
        }
        return rows;
    }

    private static double[][] rows(FloatBuffer values, int size) {
        double[][] rows = new double[size][size];
        for (double[] row : rows) {
            for (int column = 0; column < size; column++) {
                row[column] = values.get();
            }
        }
        return rows;
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] transposed = new double[matrix.length][matrix.length];
        for (int row = 0; row < matrix.length; row++) {
            for (int column = 0; column < matrix.length; column++) {
                transposed[row][column] = matrix[column][row];
            }
        }
        return transposed;
    }
}
