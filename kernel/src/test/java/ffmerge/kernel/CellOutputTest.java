package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellOutputTest {
    private final List<PublishStream> sent = Collections.synchronizedList(new ArrayList<>());
    private final CellOutput output = new CellOutput(sent::add);

    private void write(StreamType stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.write(stream, bytes, 0, bytes.length);
    }

    private String text() {
        return sent.stream().map(PublishStream::getText).collect(Collectors.joining());
    }

    /** Whatever a text's length, some message ends within a character; a byte at a time, many do. */
    @ParameterizedTest
    @ValueSource(strings = {"é", "€", "😀", "aé€😀"})
    void charactersStayWholeWhereverAMessageEnds(String characters) {
        String text = "x" + characters.repeat(100_000);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            output.write(StreamType.OUT, new byte[] {b}, 0, 1);
        }
        output.flush();
        assertTrue(sent.size() > 1, "long enough for several messages");
        assertEquals(text, text());
    }

    @Test
    void twoStreamsKeepTheirOrder() {
        write(StreamType.OUT, "first\n");
        write(StreamType.ERR, "second\n");
        write(StreamType.OUT, "third\n");
        output.flush();
        assertEquals("first\nsecond\nthird\n", text());
        assertEquals(
                List.of("first\n", "third\n"),
                sent.stream()
                        .filter(m -> m.getStreamType() == StreamType.OUT)
                        .map(PublishStream::getText)
                        .toList());
    }

    @Test
    void bytesThatAreNoTextAreShownAsSuch() {
        output.write(StreamType.OUT, new byte[] {'a', (byte) 0xE2, (byte) 0x82}, 0, 3);
        output.flush();
        assertEquals("a\uFFFD", text());
    }
}
