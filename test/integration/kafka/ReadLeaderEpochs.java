import java.io.File;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;

/** Prints the entries of a leader-epoch-checkpoint as Kafka reads them: an epoch and an offset a line. */
public class ReadLeaderEpochs {
    public static void main(String[] arguments) throws Exception {
        for (var entry : new LeaderEpochCheckpointFile(new File(arguments[0]), null).read()) {
            System.out.println(entry.epoch + " " + entry.startOffset);
        }
    }
}
