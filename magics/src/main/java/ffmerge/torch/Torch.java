package ffmerge.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.Map;

/**
 * Starts libtorch, once, from what lies on the class path or where {@code PYTORCH_LIBRARY_PATH} points; nothing is
 * downloaded.
 */
public final class Torch {
    public static final String ENGINE = "PyTorch";

    private static Engine started;

    private Torch() {}

    /** @throws UserError if libtorch doesn't start, or the one that the user names would end the JVM */
    public static synchronized Engine start() {
        if (started == null) {
            setUnlessGiven("ai.djl.offline", "true");
            setUnlessGiven("PYTORCH_FLAVOR", flavor()); // unset it means cpu-precxx11, which our jar does not hold
            try {
                started = Engine.getEngine(ENGINE);
            } catch (RuntimeException | LinkageError e) {
                throw new UserError(
                        "libtorch does not start: " + e.getMessage() + reason(e)
                                + "; environment/ffmerge doctor says what is missing",
                        e);
            }
        }
        return started;
    }

    /** Of what computes, once it is started: DJL and libtorch. */
    public static Map<String, String> versions() {
        Engine engine = start();
        return Map.of("djl", Engine.getDjlVersion(), "libtorch", engine.getVersion());
    }

    /** What the innermost cause says: which library lacks which other one. */
    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == e ? "" : " (" + cause.getMessage() + ")";
    }

    private static String flavor() {
        String named = given(TorchLibrary.PATH);
        if (named == null || named.isEmpty()) {
            return "cpu";
        }
        TorchLibrary library = TorchLibrary.at(Path.of(named));
        library.requireFits();
        return library.flavor();
    }

    /** As DJL reads its settings. */
    private static String given(String key) {
        return System.getenv(key) != null ? System.getenv(key) : System.getProperty(key);
    }

    private static void setUnlessGiven(String key, String value) {
        if (given(key) == null) {
            System.setProperty(key, value);
        }
    }

    /**
     * The device of this name: {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu} or {@code gpu:1}.
     *
     * @throws UserError if the name is another, or no such GPU is here
     */
    public static Device device(String name) {
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        int gpus = gpus();
        if (name.equals("auto")) {
            return gpus > 0 ? Device.gpu() : Device.cpu();
        }
        if (!name.matches("gpu(:\\d{1,3})?")) {
            throw new UserError("a device is auto, cpu, gpu or gpu:1; '" + name + "' isn't");
        }
        int index = name.contains(":") ? Integer.parseInt(name.substring(4)) : 0;
        if (index >= gpus) {
            throw new UserError("there is no " + name + " here: libtorch sees "
                    + (gpus == 0
                            ? "no GPU"
                            : gpus == 1 ? "one GPU, gpu:0" : gpus + " GPUs, gpu:0 to gpu:" + (gpus - 1)));
        }
        return Device.gpu(index);
    }

    /**
     * As libtorch itself counts them. {@code Engine.getGpuCount} asks a CUDA runtime that JNA is to find among the system's
     * libraries, where that of a pip torch doesn't lie: it would tell of none.
     */
    private static int gpus() {
        return start().hasCapability(StandardCapabilities.CUDA) ? Kernels.gpus() : 0;
    }

    /** A manager for arrays that belong to no model, to be closed by the caller. */
    public static NDManager newScope(Device device) {
        start();
        return NDManager.newBaseManager(device, ENGINE);
    }

    /** Seeds dropout and every other random choice of libtorch. */
    public static void seed(long seed) {
        start().setRandomSeed((int) (seed ^ (seed >>> 32)));
    }
}
