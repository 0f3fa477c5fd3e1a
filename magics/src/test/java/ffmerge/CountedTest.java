package ffmerge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountedTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | windows | 0 windows",
                "1 | windows | 1 window",
                "2 | windows | 2 windows",
                "1 | batches | 1 batch",
                "1 | classes | 1 class",
                "1 | choices | 1 choice",
                "1 | images | 1 image",
                "1 | summaries | 1 summary",
                "1 | windows of 6 layers | 1 window of 6 layers",
                "3 | windows of 1 layer | 3 windows of 1 layer",
                "1 | FF sublayers | 1 FF sublayer",
                "1234567 | tokens | '1,234,567 tokens'",
            })
    void ofOneThereIsNoPlural(long count, String plural, String said) {
        assertEquals(said.replace("'", ""), Counted.of(count, plural));
    }
}
