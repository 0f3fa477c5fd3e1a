package ffmerge.torch;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/** What the system's allocator holds, which libtorch takes its memory from. */
public final class NativeHeap {
    private NativeHeap() {}

    /**
     * Gives the system back what isn't used. glibc keeps memory that was freed, of each thread for itself, and a process in
     * which models come and go would grow by what lies between those that stay. Takes some milliseconds.
     */
    public static void giveBack() {
        if (!Platform.isLinux()) {
            return; // other systems' allocators give back by themselves
        }
        try {
            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
                    .getFunction("malloc_trim")
                    .invokeInt(new Object[] {0L}); // leaving nothing at the top
        } catch (LinkageError e) {
            // a C library without it, such as musl
        }
    }
}
