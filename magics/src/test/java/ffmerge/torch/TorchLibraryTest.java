package ffmerge.torch;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.fixture.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchLibraryTest {
    private static final String REMEDY =
            "; unset it to use the one that comes with ffmerge, or see environment/ffmerge doctor";

    @TempDir
    private Path torch;

    private Path lib(String versionFile, String text, String... libraries) throws Exception {
        Path lib = Files.createDirectory(torch.resolve("lib"));
        for (String library : libraries) {
            Files.createFile(lib.resolve(System.mapLibraryName(library)));
        }
        Files.writeString(torch.resolve(versionFile), text);
        return lib;
    }

    @Test
    void aPipTorchThatFitsIsTaken() throws Exception {
        Path lib = lib("version.py", "__version__ = '2.8.0+cu128'\ncuda = '12.8'\n", "torch_cpu", "torch_cuda");
        TorchLibrary library = TorchLibrary.at(lib);
        assertEquals(new TorchLibrary(lib, Optional.of("2.8.0"), true), library);
        assertDoesNotThrow(library::requireFits);
        assertEquals("cu128", library.flavor());
    }

    @Test
    void withoutCudaItIsForTheProcessor() throws Exception {
        TorchLibrary library = TorchLibrary.at(lib("build-version", "2.7.1+cpu\n", "torch_cpu"));
        assertDoesNotThrow(library::requireFits);
        assertEquals("cpu", library.flavor());
    }

    @Test
    void anotherVersionIsRefusedBeforeItEndsTheJvm() throws Exception {
        Path lib = lib("version.py", "__version__ = '2.9.1+cu128'\n", "torch_cpu", "torch_cuda");
        String message = "PYTORCH_LIBRARY_PATH=" + lib
                + " is torch 2.9.1, and DJL's native code runs on 2.7.1 and 2.8.0" + REMEDY;
        assertEquals(
                message,
                assertThrows(UserError.class, TorchLibrary.at(lib)::requireFits).getMessage());
        JavaProcess.Result result = JavaProcess.start(
                        "export PYTORCH_LIBRARY_PATH=" + lib + "; unset PYTORCH_FLAVOR;", Starting.class)
                .await();
        assertEquals(message, result.output());
        assertEquals(0, result.exitCode());
    }

    @Test
    void nativeCodeBesideALibtorchWasBuiltForIt() throws Exception {
        Path lib = lib("version.py", "__version__ = '2.11.0+cu130'\n", "torch_cpu", "torch_cuda", "djl_torch");
        assertDoesNotThrow(TorchLibrary.at(lib)::requireFits);
    }

    @Test
    void aFolderWithoutLibtorchIsSaid() {
        assertEquals(
                "PYTORCH_LIBRARY_PATH=" + torch + " holds no libtorch: of a pip torch it is the folder torch/lib"
                        + REMEDY,
                assertThrows(UserError.class, () -> TorchLibrary.at(torch)).getMessage());
    }

    /** A process that uses libtorch. */
    static final class Starting {
        private Starting() {}

        public static void main(String[] arguments) {
            try {
                Torch.newScope(ai.djl.Device.cpu()).close();
            } catch (UserError e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
