package ffmerge.checkpoint;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * Two folders change their names in one step, which Java can't ask for: {@code renameat2} of Linux with
 * {@code RENAME_EXCHANGE}, {@code renamex_np} of macOS with {@code RENAME_SWAP}. Windows has none, nor have some shared disks.
 */
final class AtomicExchange {
    /** A system property by which what happens on other systems is tried on this one. */
    static final String SWITCHED_OFF = "ffmerge.noExchange";

    private static final int AT_FDCWD = -100;
    private static final int RENAME_EXCHANGE = 2;
    private static final int RENAME_SWAP = 2;

    private AtomicExchange() {}

    /**
     * @param one absolute
     * @param other absolute
     * @return false if nothing was done: one of them isn't there, or this system or disk can't
     */
    static boolean exchange(Path one, Path other) {
        if (Boolean.getBoolean(SWITCHED_OFF)) {
            return false;
        }
        try {
            Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
            if (!isWritable(one, names) || !isWritable(other, names)) {
                return false;
            }
            byte[] first = Native.toByteArray(one.toString(), names);
            byte[] second = Native.toByteArray(other.toString(), names);
            NativeLibrary system = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME);
            if (Platform.isLinux()) {
                Function rename = system.getFunction("renameat2");
                return rename.invokeInt(new Object[] {AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE}) == 0;
            }
            if (Platform.isMac()) {
                return system.getFunction("renamex_np").invokeInt(new Object[] {first, second, RENAME_SWAP}) == 0;
            }
            return false;
        } catch (LinkageError | IllegalArgumentException e) {
            return false; // a C library without it, or a JVM that JNA doesn't know
        }
    }

    /** Whether the name comes to the system as it is: the bytes of others are not known from here. */
    private static boolean isWritable(Path path, Charset names) {
        return names.newEncoder().canEncode(path.toString()) && path.toString().indexOf('\ufffd') < 0;
    }
}
