package ffmerge.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Packs TorchScript text into the archive that libtorch loads: a zip of the source and three tiny pickles. */
final class TorchScriptArchive {
    /** The bytecode version whose format this is; libtorch has read it since 1.9. */
    private static final String VERSION = "10\n";

    private TorchScriptArchive() {}

    /**
     * @param className the module class that {@code source} defines
     * @param attribute the name of its only attribute, an int
     * @param value of the attribute, from 0 to 255
     */
    static byte[] of(String className, String attribute, int value, String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "kernels/data.pkl", objectPickle(className, attribute, value));
            put(zip, "kernels/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            put(zip, "kernels/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // an empty tuple
            put(zip, "kernels/version", VERSION.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A pickle of an instance of the class whose state is one attribute. */
    private static byte[] objectPickle(String className, String attribute, int value) {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(0x80); // PROTO
        pickle.write(2);
        pickle.writeBytes(("c__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII)); // GLOBAL
        pickle.write(')'); // EMPTY_TUPLE
        pickle.write(0x81); // NEWOBJ
        pickle.write('}'); // EMPTY_DICT
        pickle.write('X'); // BINUNICODE, its length in four bytes
        pickle.writeBytes(new byte[] {(byte) attribute.length(), 0, 0, 0});
        pickle.writeBytes(attribute.getBytes(StandardCharsets.US_ASCII));
        pickle.write('K'); // BININT1
        pickle.write(value);
        pickle.write('s'); // SETITEM
        pickle.write('b'); // BUILD
        pickle.write('.'); // STOP
        return pickle.toByteArray();
    }

    /** libtorch maps the entries, so they are stored and not compressed. */
    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
