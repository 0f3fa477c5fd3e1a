package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionOptionsTest {
    /** Megabytes of a step and of the machine: 1,000 are what the demo GPT-2 is estimated to take. */
    @ParameterizedTest
    @CsvSource({
        "1000, 1000, false",
        "1000, 2000, false",
        "1000, 4000, true",
        "12000, 24000, true",
        "16000, 24000, false",
        "1, 400, false"
    })
    void onASmallMachineAStepMustLeaveRoomForTheRest(long step, long machine, boolean fits) {
        assertEquals(fits, ExecutionOptions.fits(step * 1_000_000, machine * 1_000_000));
    }

    @ParameterizedTest
    @CsvSource({"0", "1000000000000"})
    void whereTheMachineDoesNotTellEveryStepFits(long step) {
        assertEquals(true, ExecutionOptions.fits(step, Long.MAX_VALUE));
    }
}
