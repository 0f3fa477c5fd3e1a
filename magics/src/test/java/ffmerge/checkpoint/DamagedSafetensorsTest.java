package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.fixture.SafetensorsBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of damage has a line of its own that says what is wrong with which tensor. */
class DamagedSafetensorsTest {
    /** Two tensors of 8 bytes each. */
    private static final SafetensorsBytes SOUND =
            new SafetensorsBytes().f32("a", new long[] {2}, 1, 2).f32("b", new long[] {2}, 3, 4);

    @TempDir
    private Path folder;

    private void assertRefused(String why, byte[] bytes) {
        Path file = SafetensorsBytes.write(folder.resolve("model.safetensors"), bytes);
        UserError error =
                assertThrows(UserError.class, () -> SafetensorsFile.open(file).close());
        assertEquals(file + " is not a sound safetensors file: " + why, error.getMessage());
    }

    private void assertHeaderRefused(String why, String header) {
        assertRefused(why, SafetensorsBytes.of(header, new byte[16]));
    }

    /** A header of one tensor, {@code a}, of 16 bytes unless it says otherwise. */
    private void assertTensorRefused(String why, String dtype, String shape, String offsets) {
        assertHeaderRefused(why, """
                {"a":{"dtype":%s,"shape":%s,"data_offsets":%s}}""".formatted(dtype, shape, offsets));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void aFileThatEndsInItsFirstNumber(int length) {
        assertRefused(
                "it has only " + length + (length == 1 ? " byte" : " bytes"), Arrays.copyOf(SOUND.bytes(), length));
    }

    @Test
    void aFileThatEndsInItsHeader() {
        byte[] bytes = SOUND.bytes();
        int header = bytes.length - 8 - 16;
        assertRefused(
                "it claims a header of " + header + " bytes in a file of " + (header + 7),
                Arrays.copyOf(bytes, header + 7));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 16})
    void aFileThatEndsInItsData(int missing) {
        byte[] bytes = SOUND.bytes();
        String cut = missing <= 8 ? "tensor 'b' lies at bytes 8 to 16" : "tensor 'a' lies at bytes 0 to 8";
        assertRefused(
                cut + ", but the file holds " + (16 - missing) + " bytes of data: it is cut off or its header lies",
                Arrays.copyOf(bytes, bytes.length - missing));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "-1, 18446744073709551615",
        "-9223372036854775808, 9223372036854775808",
        "9223372036854775807, 9223372036854775807",
        "100000001, 100000001",
        "35, 35"
    })
    void aHeaderLengthThatCannotBe(long claimed, String printed) {
        byte[] file = SafetensorsBytes.withLength(claimed, "{}".getBytes(StandardCharsets.UTF_8), new byte[32]);
        assertRefused("it claims a header of " + printed + " bytes in a file of 42", file);
    }

    @Test
    void aHeaderThatIsNotJson() {
        assertHeaderRefused("its header is not valid JSON: an unexpected 'a' at line 1, column 2", "{a:1}");
        assertHeaderRefused("its header is not valid JSON: it ends too early", "{  ");
        assertRefused(
                "its header is not valid JSON: a mistake at line 1, column 5",
                SafetensorsBytes.withLength(4, new byte[] {'{', '"', (byte) 0xff, '"'}, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "  ", "3.5", "null", "\"text\"", " {}"})
    void aHeaderThatIsNoObject(String header) {
        assertHeaderRefused("its header is not a JSON object", header);
    }

    @Test
    void aHeaderInAnotherEncoding() {
        byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16BE);
        assertRefused("its header is not a JSON object", SafetensorsBytes.withLength(4, utf16, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}{}", "{} 1", "{} []"})
    void aHeaderWithSomethingBehindIt(String header) {
        assertHeaderRefused("something follows the JSON object of its header", header);
    }

    @Test
    void aHeaderNestedWithoutEnd() {
        String why = "its header is not valid JSON: it is nested too deeply, or a name or number in it is too long";
        assertHeaderRefused(why, "{\"a\":" + "[".repeat(100_000));
    }

    @Test
    void aTensorThatIsThereTwice() {
        assertHeaderRefused("its header is not valid JSON: it has 'a' twice", """
                {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
                "a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""");
    }

    @ParameterizedTest
    @CsvSource({"'\" \"', ' '", "'7', 7", "'null', null", "'{}', ''"})
    void aDtypeThatIsNotKnown(String dtype, String printed) {
        assertTensorRefused("tensor 'a' has the unknown dtype '" + printed + "'", dtype, "[4]", "[0,16]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[]", "null", "\"F32\""})
    void aTensorThatIsNoObject(String tensor) {
        assertHeaderRefused("tensor 'a' has the unknown dtype ''", "{\"a\":" + tensor + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "null", "{}", "\"[4]\""})
    void aShapeThatIsNoList(String shape) {
        assertTensorRefused("tensor 'a' has no shape", "\"F32\"", shape, "[0,16]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "2.5", "\"4\"", "null", "9223372036854775808", "1e2", "true"})
    void aSizeThatCannotBe(String size) {
        String printed = size.equals("1e2") ? "100.0" : size;
        assertTensorRefused(
                "tensor 'a' has the impossible size " + printed + " in its shape",
                "\"F32\"",
                "[" + size + "]",
                "[0,16]");
    }

    @ParameterizedTest
    @CsvSource({
        "'[4294967296,4294967296]', '[4294967296, 4294967296]'",
        "'[9223372036854775807]', '[9223372036854775807]'",
        "'[4611686018427387904,4,0]', '[4611686018427387904, 4, 0]'"
    })
    void aShapeWhoseProductOverflows(String shape, String printed) {
        assertTensorRefused("tensor 'a' has an impossible shape " + printed, "\"F32\"", shape, "[0,16]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "[0]",
                "[0,8,16]",
                "[0.0,16]",
                "[\"0\",16]",
                "{\"0\":0,\"1\":16}",
                "[0,18446744073709551632]"
            })
    void offsetsThatAreNoPlace(String offsets) {
        assertTensorRefused("tensor 'a' has no data_offsets of a first and a last byte", "\"F32\"", "[4]", offsets);
    }

    @ParameterizedTest
    @CsvSource({"-8, 8", "0, 17", "16, 0", "9223372036854775807, -9223372036854775808", "16, 32"})
    void offsetsOutsideTheFile(long begin, long end) {
        assertTensorRefused(
                "tensor 'a' lies at bytes " + begin + " to " + end
                        + ", but the file holds 16 bytes of data: it is cut off or its header lies",
                "\"F32\"",
                "[4]",
                "[" + begin + "," + end + "]");
    }

    @Test
    void offsetsThatDoNotMatchTheShape() {
        assertTensorRefused(
                "tensor 'a' of shape [2, 3] in float16 needs 12 bytes, its offsets give 16",
                "\"F16\"",
                "[2,3]",
                "[0,16]");
    }

    @Test
    void tensorsThatOverlap() {
        assertHeaderRefused("tensor 'b' overlaps the one before it", """
                {"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},
                "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""");
    }

    @Test
    void bytesThatBelongToNoTensor() {
        assertHeaderRefused("bytes 4 to 8 belong to no tensor", """
                {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                "b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""");
        assertTensorRefused("bytes 0 to 8 belong to no tensor", "\"F32\"", "[2]", "[8,16]");
        assertTensorRefused("bytes 8 to 16 belong to no tensor", "\"F32\"", "[2]", "[0,8]");
        assertHeaderRefused("bytes 0 to 16 belong to no tensor", "{}");
    }

    @Test
    void namesWithLineBreaksStayOnOneLine() {
        assertHeaderRefused("tensor 'two lines' has the unknown dtype ''", "{\"two\\r\\nlines\":{\"dtype\":[\"X\"]}}");
    }

    @Test
    void aFolderInTheFilesPlace() throws IOException {
        Path file = Files.createDirectory(folder.resolve("model.safetensors"));
        UserError error = assertThrows(UserError.class, () -> SafetensorsFile.open(file));
        assertEquals("cannot read " + file + ": it is a folder; a file is needed", error.getMessage());
    }

    @Test
    void aFileThatIsNotThere() {
        Path file = folder.resolve("model.safetensors");
        UserError error = assertThrows(UserError.class, () -> SafetensorsFile.open(file));
        assertEquals("there is no file " + file, error.getMessage());
    }
}
